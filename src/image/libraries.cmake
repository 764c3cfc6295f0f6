target_link_libraries(visavis_image PRIVATE fmt::fmt JPEG::JPEG PNG::PNG PkgConfig::EXIF)
