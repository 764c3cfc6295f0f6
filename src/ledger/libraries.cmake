target_link_libraries(visavis_ledger PUBLIC Threads::Threads PRIVATE fmt::fmt OpenSSL::Crypto Boost::json SQLiteCpp)
