// What the black-box tests share: the photographs of ../shared/data, the default pack, templates by file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "face/pipeline.h"
#include "image/picture.h"
#include "match/similarity_scale.h"

namespace visavis::blackbox {

/// ../shared/data beside the source tree, with a slash at the end.
[[nodiscard]] const std::string& data_root();

/// Ends the test, skipped, where the photographs are absent.
#define VISAVIS_NEEDS_PHOTOGRAPHS(folder)            \
    if (!visavis::blackbox::has_photographs(folder)) \
    GTEST_SKIP() << "no photographs in " << visavis::blackbox::data_root() << (folder)

[[nodiscard]] bool has_photographs(const std::string& folder);

/// The default pack's pipeline and scale; ends the program if the pack cannot be opened.
[[nodiscard]] const face::Pipeline& pipeline();
[[nodiscard]] const match::SimilarityScale& scale();

/// The comparison score that `scale` reads, normalised as the pack says; below every threshold if one is
/// empty.
[[nodiscard]] double score(const face::Template& a, const face::Template& b);

/// Rows of a CSV file of data_root() by column name. No field there holds a comma or a quote.
using Row = std::map<std::string, std::string>;
[[nodiscard]] std::vector<Row> table(const std::string& file);

/// Files below a folder of data_root(), sorted, as paths from there.
[[nodiscard]] std::vector<std::string> files(const std::string& folder);

[[nodiscard]] Result<image::Picture> decode(const std::string& file);

/// A picture of OpenCV's, as the decoder would give it.
[[nodiscard]] image::Picture picture(const cv::Mat& bgr);
[[nodiscard]] cv::Mat pixels(const image::Picture& picture);

/// `bgr` turned clockwise around its middle and reduced so that the corners stay; its border goes on
/// outwards.
[[nodiscard]] cv::Mat rolled(const cv::Mat& bgr, double degrees);

/// Which face a data set is about: LFW's subject stands in the middle, portraits show one large face.
enum class Pick { kLargest, kCentral };

/// The template of a file's face; empty if there is none.
[[nodiscard]] face::Template embed(const std::string& file, Pick pick);
[[nodiscard]] face::Template embed(const image::Picture& picture, Pick pick);

/// Wilson's 95 % interval of `hits` of `count`, as text in per cent, e.g. `98.7 % (96.7 to 99.5)`.
[[nodiscard]] std::string rate(std::size_t hits, std::size_t count);

}  // namespace visavis::blackbox
