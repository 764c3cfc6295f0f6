# Cedar's engine, compiled from Rust beside the C++ (scripts/cedar keeps the result in the cache).
set(cedar ${CMAKE_BINARY_DIR}/cedar/libvisavis_cedar.a)
file(GLOB cedar_sources CONFIGURE_DEPENDS ${folder}/cedar/src/*.rs)
add_custom_command(
  OUTPUT ${cedar}
  COMMAND ${CMAKE_COMMAND} -E env VISAVIS_CACHE=${VISAVIS_CACHE} ${CMAKE_SOURCE_DIR}/scripts/cedar ${cedar}
  DEPENDS ${cedar_sources} ${folder}/cedar/Cargo.toml ${folder}/cedar/Cargo.lock ${CMAKE_SOURCE_DIR}/scripts/cedar
  COMMENT "Cedar"
  USES_TERMINAL  # what takes minutes says so while it goes on
  VERBATIM)
add_custom_target(visavis_cedar DEPENDS ${cedar})
add_dependencies(visavis_policy visavis_cedar)

# The schema's profiles travel inside the binary.
include(${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
file(GLOB profiles CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/policies ${CMAKE_SOURCE_DIR}/policies/*.cedar
     ${CMAKE_SOURCE_DIR}/policies/*/*)
visavis_embed(visavis_policy policy policy_files ${CMAKE_SOURCE_DIR}/policies ${profiles})

target_link_libraries(visavis_policy PRIVATE fmt::fmt Boost::json tomlplusplus::tomlplusplus SQLiteCpp SQLite::SQLite3
                      ${cedar} Threads::Threads ${CMAKE_DL_LIBS} m)
