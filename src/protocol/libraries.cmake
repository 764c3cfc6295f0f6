target_link_libraries(visavis_protocol PUBLIC Boost::json PRIVATE fmt::fmt spdlog::spdlog PkgConfig::RE2)

# The constraints of the service model, as tables.
set(VISAVIS_SERVICE_MODEL ${VISAVIS_CACHE}/service-model/service-2.json.gz)
set(VISAVIS_SHAPES ${CMAKE_BINARY_DIR}/generated/service_model.cpp)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_command(
  OUTPUT ${VISAVIS_SHAPES}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/generate_shapes.py ${VISAVIS_SERVICE_MODEL} ${VISAVIS_SHAPES}
  DEPENDS ${CMAKE_SOURCE_DIR}/scripts/generate_shapes.py ${VISAVIS_SERVICE_MODEL}
  COMMENT "Service model")
target_sources(visavis_protocol PRIVATE ${VISAVIS_SHAPES})
