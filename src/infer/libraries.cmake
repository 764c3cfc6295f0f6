target_link_libraries(visavis_infer PRIVATE fmt::fmt openvino::runtime tomlplusplus::tomlplusplus)
