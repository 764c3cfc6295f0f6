// Every limit of the server in one place, each finite. Values of Rekognition's own quotas name it; the rest
// are choices for one machine and can be changed in the configuration file where docs/configuration.md says
// so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace visavis::limits {

// Images (Rekognition: "Guidelines and quotas").
inline constexpr std::size_t kInlineImageBytes = 5'242'880;           // decoded `Bytes`
inline constexpr std::size_t kStoredImageBytes = 15UL * 1024 * 1024;  // from S3Object or a file
inline constexpr int kMinImageSide = 80;                              // pixels
inline constexpr int kMaxImageSide = 10'000;                          // pixels
inline constexpr int kMaxFacesPerImage = 100;

// HTTP.
inline constexpr std::size_t kRequestBodyBytes =
    16UL * 1024 * 1024;  // two inline images in base64 need 13.98 MB
inline constexpr std::size_t kLocalRequestBodyBytes =
    64UL * 1024 * 1024;  // Unix socket: two images from files, 15 MB each, in base64
inline constexpr std::size_t kRequestHeaderBytes = 16UL * 1024;
inline constexpr int kConnections = 256;
inline constexpr int kLocalConnections =
    128;  // on the Unix socket, apart from the above: `index` takes up to 65
inline constexpr int kRefusedConnections = 64;  // beyond kConnections, being told so
inline constexpr std::chrono::seconds kHeaderTimeout{10};
inline constexpr std::chrono::seconds kBodyTimeout{30};
inline constexpr std::chrono::seconds kIdleTimeout{75};
inline constexpr std::chrono::seconds kWriteTimeout{30};
inline constexpr std::chrono::seconds kLingerTimeout{2};  // for the client to close after the last response
inline constexpr std::size_t kRefusedBodyBytes =
    64UL * 1024 * 1024;  // read and thrown away so that the refusal arrives
inline constexpr std::chrono::seconds kDrainTimeout{20};
inline constexpr std::size_t kQueuedRequests = 64;       // waiting for an inference stream
inline constexpr std::size_t kQueuedQuickRequests = 64;  // waiting for a quick thread

// Budget over all requests in flight.
inline constexpr std::size_t kBodyBytesInFlight = 256UL * 1024 * 1024;
inline constexpr std::size_t kDecodedPixelsInFlight = 64'000'000;
inline constexpr std::chrono::seconds kPixelWait{5};  // for other pictures to make room

// Collections.
inline constexpr std::size_t kSearchResults = 4096;      // Rekognition: matches of one search
inline constexpr std::size_t kDefaultPage = 1000;        // of faces or collections, if none is asked for
inline constexpr std::size_t kUserResults = 500;         // Rekognition: users of one search or page
inline constexpr std::size_t kFacesPerUser = 100;        // Rekognition
inline constexpr std::size_t kTagsPerCollection = 200;   // Rekognition
inline constexpr std::size_t kIndexRows = 20'000'000;    // Rekognition: faces of one collection
inline constexpr std::size_t kTemplateDimension = 4096;  // numbers of one template

// SigV4.
inline constexpr std::chrono::minutes kClockSkew{5};

}  // namespace visavis::limits
