target_link_libraries(visavis_keys PRIVATE OpenSSL::Crypto)
