# Boost.Beast and Asio are headers, included by this layer's sources alone; its public headers name only spdlog's.
target_link_libraries(visavis_server PUBLIC spdlog::spdlog PRIVATE fmt::fmt Boost::headers OpenSSL::SSL Threads::Threads)
