target_link_libraries(visavis_match PRIVATE fmt::fmt Boost::json)
