# visavis_embed(TARGET NAMESPACE FUNCTION DIRECTORY files...) compiles text files into TARGET:
#   std::span<const visavis::EmbeddedFile> visavis::NAMESPACE::FUNCTION();   (see base/embedded.h)
# Names are relative to DIRECTORY.
function(visavis_embed target namespace function directory)
  set(output ${CMAKE_BINARY_DIR}/embedded/${namespace}_${function}.cpp)
  set(inputs ${ARGN})
  list(TRANSFORM inputs PREPEND ${directory}/)
  string(REPLACE ";" "\n" list "${ARGN}")
  file(GENERATE OUTPUT ${output}.list CONTENT "${list}")
  add_custom_command(
    OUTPUT ${output}
    COMMAND python3 ${CMAKE_SOURCE_DIR}/scripts/embed ${output} ${namespace} ${function} ${directory} ${output}.list
    DEPENDS ${inputs} ${output}.list ${CMAKE_SOURCE_DIR}/scripts/embed
    COMMENT "Embedding ${directory}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
