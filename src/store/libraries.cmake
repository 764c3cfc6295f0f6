target_link_libraries(visavis_store PRIVATE SQLiteCpp SQLite::SQLite3 Threads::Threads)
