target_link_libraries(visavis_engine PRIVATE CURL::libcurl)
