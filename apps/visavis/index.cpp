// `visavis index`.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/core.h>

#include "client.h"
#include "commands.h"
#include "index_files.h"
#include "place_options.h"
#include "progress.h"

namespace visavis::app {
namespace {

constexpr const char* kExamples = R"(
Examples:
  visavis index --collection staff portraits/                 # every JPEG and PNG below portraits/
  visavis index --collection staff --external-id-from filename --jobs 4 portraits/
  visavis index --collection staff --resume done.txt big/     # again after a break: goes on where it was

An image that was indexed before gives the same faces and no new ones, so a run may be repeated. With
--external-id-from filename images of one name, in whatever folder, share an ExternalImageId; characters that an
ExternalImageId may not have become `:` and their hexadecimal code, so that no two names become one.
Exit code: 0 if every image gave a face, 1 if some did not, 2 if some could not be read.
)";

namespace fs = std::filesystem;

struct Options {
    std::string collection;
    std::string account;
    std::vector<std::string> paths;
    std::string external_id_from{"none"};
    std::string resume;
    unsigned jobs{1};
    bool json{false};
};

// A server that has no room, or that is just being started again, is asked again: the same image gives the
// same faces, so nothing is done twice.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr std::chrono::milliseconds kThrottledFor{120'000};
constexpr std::chrono::milliseconds kUnreachableFor{10'000};

/// What became of all images; shared by the jobs.
class Tally {
  public:
    /// Reads and goes on writing the list of images that are done; none if `resume` is empty.
    /// kInvalidParameter, naming the file, if it is of another collection or cannot be read or written.
    Result<void> keep_list(const std::string& resume, const std::string& collection) {
        if (resume.empty()) return {};
        const std::string heading = "# visavis index: " + collection;
        std::ifstream before(resume);
        if (!before && fs::exists(resume))
            return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` cannot be read", resume));
        std::string line;
        const bool begun = static_cast<bool>(std::getline(before, line));
        if (begun && line != heading)
            return fail(ErrorCode::kInvalidParameter,
                        fmt::format("`{}` is no list of this collection: it begins with `{}` instead of `{}`",
                                    resume, line.substr(0, 300), heading));
        while (std::getline(before, line)) done_.insert(line);
        journal_.open(resume, std::ios::app);
        if (!begun) journal_ << heading << '\n' << std::flush;
        if (before.bad() || !journal_)
            return fail(ErrorCode::kInvalidParameter, fmt::format("`{}` cannot be read and written", resume));
        return {};
    }

    bool done(const std::string& image) const { return done_.contains(image); }

    void add(const std::string& image, const Result<boost::json::object>& answer, bool json) {
        const std::lock_guard lock(mutex_);
        if (!answer) {
            ++refusals_[name(answer.error().code)];
            code_ = std::max(code_, report({answer.error().code, image + ": " + answer.error().message}));
            return;
        }
        const auto records = answer->at("FaceRecords").as_array().size();
        faces_ += records;
        ++images_;
        if (records == 0) ++faceless_;
        for (const auto& left : answer->at("UnindexedFaces").as_array())
            for (const auto& reason : left.at("Reasons").as_array())
                ++reasons_[std::string(reason.as_string())];
        if (json) print_answer(*answer, image, false);
        if (!journal_.is_open()) return;
        journal_ << image << '\n' << std::flush;
        if (!journal_)
            code_ = std::max(code_, report({ErrorCode::kUnavailable,
                                            fmt::format("{}: done, but the list cannot be written", image)}));
    }

    int finish(std::size_t skipped, std::size_t passed_over) const {
        fmt::print(stderr, "{} images, {} faces indexed", images_, faces_);
        if (skipped > 0) fmt::print(stderr, ", {} images done before", skipped);
        if (faceless_ > 0) fmt::print(stderr, ", {} images without a face that passed", faceless_);
        if (passed_over > 0) fmt::print(stderr, ", {} other files passed over", passed_over);
        fmt::print(stderr, "\n");
        for (const auto& [what, count] : refusals_)
            fmt::print(stderr, "  {:>6} image{} refused: {}\n", count, count == 1 ? "" : "s", what);
        for (const auto& [reason, count] : reasons_)
            fmt::print(stderr, "  {:>6} face{} left out: {}\n", count, count == 1 ? "" : "s", reason);
        if (code_ != kDone) return code_;
        return faceless_ > 0 ? kNo : kDone;
    }

  private:
    std::set<std::string> done_;  // before this run
    std::mutex mutex_;
    std::ofstream journal_;  // by mutex_, like all below
    std::size_t images_{0};
    std::size_t faces_{0};
    std::size_t faceless_{0};
    std::map<std::string_view, std::size_t> refusals_;
    int code_{kDone};
    std::map<std::string, std::size_t> reasons_;
};

/// `gone`: whether a server that went away was waited for in vain; nobody waits for it again.
Result<boost::json::object> index_one(Client& client, const std::string& image, const Options& options,
                                      std::atomic<bool>& gone) {
    auto bytes = image_of_file(image);
    if (!bytes) return std::unexpected(bytes.error());
    boost::json::object request{{"CollectionId", options.collection}, {"Image", std::move(*bytes)}};
    if (options.external_id_from == "filename") {
        auto id = external_id(image);
        if (!id) return std::unexpected(id.error());
        request["ExternalImageId"] = std::move(*id);
    }
    std::chrono::milliseconds pause = kFirstPause;
    std::chrono::milliseconds throttled{0};
    std::chrono::milliseconds unreachable{0};
    for (;;) {
        auto answer = client.call("IndexFaces", request);
        if (answer) return answer;
        const ErrorCode code = answer.error().code;
        if (code != ErrorCode::kThrottled && code != ErrorCode::kUnavailable) return answer;
        auto& waited = code == ErrorCode::kThrottled ? throttled : unreachable;
        if (gone || waited >= (code == ErrorCode::kThrottled ? kThrottledFor : kUnreachableFor)) {
            gone = gone || code == ErrorCode::kUnavailable;
            return answer;
        }
        std::this_thread::sleep_for(pause);
        waited += pause;
        pause = std::min(2 * pause, kLongestPause);
    }
}

int index(const Config& config, const Options& options) {
    auto files = image_files(options.paths);
    if (!files) return report(files.error());
    std::vector<std::string>& images = files->images;
    const auto client = Client::open(config, true, options.account);
    if (!client) return report(client.error());
    // One clear complaint instead of one for each image.
    const auto there = (*client)->call("DescribeCollection", {{"CollectionId", options.collection}});
    if (!there) return report(there.error());
    // A collection made again under the same name has none of the faces.
    const std::string collection =
        fmt::format("{} of {}", boost::json::value_to<std::string>(there->at("CollectionARN")),
                    there->at("CreationTimestamp").to_number<double>());

    Tally tally;
    if (const auto kept = tally.keep_list(options.resume, collection); !kept) return report(kept.error());
    const auto before = images.size();
    std::erase_if(images, [&](const std::string& image) { return tally.done(image); });
    const std::size_t skipped = before - images.size();
    {
        Progress progress(images.size());
        std::atomic<std::size_t> next{0};
        std::atomic<bool> gone{false};
        std::vector<std::jthread> jobs;
        for (unsigned j = 0; j < std::max(1U, options.jobs); ++j) {
            auto own = (*client)->another();
            if (!own) return report(own.error());
            jobs.emplace_back([&, mine = std::shared_ptr<Client>(std::move(*own))] {
                for (std::size_t i = next++; i < images.size(); i = next++) {
                    const std::string& image = images[i];
                    const auto answer = index_one(*mine, image, options, gone);
                    const auto count = [&] { tally.add(image, answer, options.json); };
                    if (!answer || options.json)
                        progress.print_above(count);
                    else
                        count();
                    progress.step();
                }
            });
        }
    }
    return tally.finish(skipped, files->passed_over);
}

}  // namespace

void add_index(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("index", "Index the faces of images into a collection");
    const auto options = std::make_shared<Options>();
    const auto place = add_place_options(*command);
    add_account_option(*command, options->account);
    command->add_option("path", options->paths, "Images, or folders of them")->required()->type_name("PATH");
    command->add_option("--collection", options->collection, "CollectionId")->required()->type_name("ID");
    command->add_option("--external-id-from", options->external_id_from, "ExternalImageId of each image")
        ->check(CLI::IsMember({"none", "filename"}))
        ->capture_default_str();
    command->add_option("--jobs", options->jobs, "Images at a time")
        ->check(CLI::Range(1U, 64U))
        ->capture_default_str();
    command->add_option("--resume", options->resume, "Names of images that are done; those are skipped")
        ->type_name("FILE");
    command->add_flag("--json", options->json, "IndexFaces' answers, one line for each image");
    command->footer(kExamples);
    command->callback([options, place, &exit_code] {
        const auto config = place->settings();
        exit_code = config ? index(*config, *options) : report(config.error());
    });
}

}  // namespace visavis::app
