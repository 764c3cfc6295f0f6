target_link_libraries(visavis_keys PRIVATE Boost::json fmt::fmt OpenSSL::Crypto)
