# visavis_layer(NAME DEPENDS other layers...) makes the library visavis_NAME from src/NAME/**.cpp and the test
# program visavis_NAME_tests from the *_test.cpp files beside them. Third-party libraries that a layer needs are
# set in src/NAME/libraries.cmake through target_link_libraries(visavis_NAME PRIVATE ...).
# A layer without sources yet is an empty interface target.
add_library(visavis_options INTERFACE)
target_compile_options(visavis_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                       -Wnon-virtual-dtor -Woverloaded-virtual -Werror
                       # Designated initialisers leave members at the defaults that stand beside them.
                       -Wno-missing-field-initializers
                       # g++ 12 misreads `string = "literal"` at -O2 as an overlapping copy (GCC bug 105329).
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                       # clang (preset fuzz) sees libstdc++'s own use of what it deprecates.
                       $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
target_compile_definitions(visavis_options INTERFACE VISAVIS_VERSION="${PROJECT_VERSION}")
if(VISAVIS_SANITIZE)
  # The checks woven in hide from g++ that a value is set: -Wmaybe-uninitialized then accuses std::regex and coroutines.
  target_compile_options(visavis_options INTERFACE -fsanitize=${VISAVIS_SANITIZE} -fno-omit-frame-pointer
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(visavis_options INTERFACE -fsanitize=${VISAVIS_SANITIZE})
  if(VISAVIS_SANITIZE STREQUAL "thread")
    # Asio's fences, which ThreadSanitizer does not see; its locks it does.
    target_compile_options(visavis_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(visavis_options INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  target_link_options(visavis_options INTERFACE -Wl,-z,relro,-z,now)
endif()

function(visavis_layer name)
  cmake_parse_arguments(LAYER "" "" "DEPENDS" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM LAYER_DEPENDS PREPEND visavis_)

  if(sources)
    add_library(visavis_${name} STATIC ${sources})
    target_include_directories(visavis_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(visavis_${name} PUBLIC visavis_options ${LAYER_DEPENDS})
    if(EXISTS ${folder}/libraries.cmake)
      include(${folder}/libraries.cmake)
    endif()
  else()
    add_library(visavis_${name} INTERFACE)
    target_include_directories(visavis_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(visavis_${name} INTERFACE visavis_options ${LAYER_DEPENDS})
  endif()

  if(tests)
    add_executable(visavis_${name}_tests ${tests})
    target_link_libraries(visavis_${name}_tests PRIVATE visavis_${name} GTest::gmock GTest::gtest_main)
    target_compile_definitions(visavis_${name}_tests PRIVATE VISAVIS_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               VISAVIS_BINARY_DIR="${CMAKE_BINARY_DIR}")
    gtest_discover_tests(visavis_${name}_tests TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 300 LABELS unit)
  endif()
endfunction()
