target_link_libraries(visavis_base PUBLIC fmt::fmt PRIVATE OpenSSL::Crypto)
