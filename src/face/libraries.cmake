target_link_libraries(visavis_face PRIVATE fmt::fmt PUBLIC opencv)
