target_link_libraries(visavis_audit PRIVATE fmt::fmt Boost::json Threads::Threads)
