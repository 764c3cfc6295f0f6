#include "audit/gallery_sizes.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <span>
#include <thread>

#include "audit/synthetic_gallery.h"

namespace visavis::audit {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr std::uint64_t kSmallestSize = 100;
constexpr std::uint64_t kBlock = 2048;  // synthetic templates made and scored at a time

/// Faces in random order, the same for the same seed on every machine.
std::vector<std::uint32_t> shuffled(std::vector<std::uint32_t> faces, std::uint64_t seed) {
    std::mt19937_64 engine(seed);
    for (std::size_t i = faces.size(); i > 1; --i)
        std::swap(faces[i - 1], faces[((engine() >> 32U) * i) >> 32U]);
    return faces;
}

void list_sizes(GallerySizes& found, std::uint64_t real, std::uint64_t synthetic_up_to) {
    for (std::uint64_t size = kSmallestSize; size < real; size *= 10)
        found.sizes.push_back({.faces = size, .synthetic = false});
    found.all = found.sizes.size();
    found.sizes.push_back({.faces = real, .synthetic = false});
    for (std::uint64_t size = kSmallestSize; size <= synthetic_up_to; size *= 10)
        if (size > real) found.sizes.push_back({.faces = size, .synthetic = true});
}

/// What the gallery's pictures are to one search.
struct Relation {
    bool own{};
    bool ignored{};
};

class Related {
  public:
    Related(const DataSet& probes, const DataSet& gallery, const SamePerson& confirmed)
        : probes_(probes), gallery_(gallery), confirmed_(confirmed) {
        std::map<std::string, std::uint32_t> named;
        for (std::uint32_t person = 0; person < gallery.people.size(); ++person)
            if (!gallery.named_by_file.contains(person)) named[gallery.people[person]] = person;
        for (std::uint32_t person = 0; person < probes.people.size(); ++person) {
            const auto found = named.find(probes.people[person]);
            const bool there = found != named.end() && one_person(probes, person, gallery, found->second);
            same_.push_back(there ? found->second : kNobody);
        }
    }

    [[nodiscard]] Relation of(const LabelledPicture& probe, std::uint32_t other) const {
        const LabelledPicture& picture = gallery_.pictures[other];
        if (same_photograph(probe, picture)) return {.own = false, .ignored = true};
        if (same_[probe.person] == picture.person) return {.own = true, .ignored = false};
        return {.own = false,
                .ignored = !confirmed_.empty() && confirmed_.contains({probe.file, picture.file})};
    }

  private:
    static constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
    const DataSet& probes_;
    const DataSet& gallery_;
    const SamePerson& confirmed_;
    std::vector<std::uint32_t> same_;  // by the probes' person: the gallery's
};

void search_real(GallerySizes& found, const DataSet& probes, const std::vector<std::uint32_t>& searched,
                 const DataSet& gallery, const std::vector<std::uint32_t>& faces, const SamePerson& confirmed,
                 const PackComparer& comparer) {
    const Related related(probes, gallery, confirmed);
    score_rows(comparer.templates(probes, searched), comparer.templates(gallery, faces), comparer.threads(),
               [&](std::size_t, std::size_t row, std::span<const float> scores) {
                   SearchOutcome& outcome = found.searches[row];
                   const LabelledPicture& probe = probes.pictures[outcome.picture];
                   std::vector<Relation> relations;
                   relations.reserve(faces.size());
                   for (std::size_t j = 0; j < faces.size(); ++j) {
                       relations.push_back(related.of(probe, faces[j]));
                       if (!relations.back().own) continue;
                       outcome.enrolled = true;
                       outcome.own = std::max(outcome.own, double{scores[j]});
                   }
                   double highest = kNothing;
                   std::set<std::uint32_t> above;
                   std::size_t next = 0;
                   for (std::size_t j = 0; j < faces.size(); ++j) {
                       if (!relations[j].own && !relations[j].ignored) {
                           highest = std::max(highest, double{scores[j]});
                           if (outcome.enrolled && double{scores[j]} > outcome.own)
                               above.insert(gallery.pictures[faces[j]].person);
                       }
                       while (next <= found.all && found.sizes[next].faces == j + 1) {
                           outcome.strangers[next] = highest;
                           outcome.rank[next] = static_cast<std::uint32_t>(above.size());
                           ++next;
                       }
                   }
               });
}

/// Real faces (ascending indices) that are no strangers to a search; nor are synthetic ones made from them.
using Known = std::vector<std::uint32_t>;

/// Highest scores among synthetic faces, cut at `ends` (ascending): highest[end][search] is that of the faces
/// before ends[end] and from the end before it on.
std::vector<std::vector<double>> search_synthetic(const Templates& searched, const std::vector<Known>& known,
                                                  const SyntheticGallery& synthetic,
                                                  const std::vector<std::uint64_t>& ends,
                                                  const PackComparer& comparer, const SizeOptions& options) {
    std::vector<std::vector<double>> highest(ends.size(), std::vector<double>(searched.size(), kNothing));
    struct Block {
        std::uint64_t first, last;
        std::size_t end;
    };
    std::vector<Block> blocks;
    std::uint64_t at = 0;
    for (std::size_t end = 0; end < ends.size(); ++end)
        while (at < ends[end]) {
            const std::uint64_t last = std::min(at + kBlock, ends[end]);
            blocks.push_back({.first = at, .last = last, .end = end});
            at = last;
        }
    std::atomic<std::size_t> next{0};
    std::mutex mutex;  // guards highest and done
    std::size_t done = 0;
    const auto work = [&] {
        std::vector<float> vector(searched.dimension());
        for (std::size_t i = next++; i < blocks.size(); i = next++) {
            Templates made(searched.dimension());
            std::vector<std::uint32_t> models;
            for (std::uint64_t index = blocks[i].first; index < blocks[i].last; ++index) {
                models.push_back(synthetic.make(index, vector));
                made.add(vector, comparer.normaliser().of(vector));
            }
            std::vector<double> best(searched.size(), kNothing);
            score_rows(searched, made, 1, [&](std::size_t, std::size_t row, std::span<const float> scores) {
                for (std::size_t j = 0; j < scores.size(); ++j)
                    if (double{scores[j]} > best[row] && !std::ranges::binary_search(known[row], models[j]))
                        best[row] = double{scores[j]};
            });
            const std::scoped_lock lock(mutex);
            auto& all = highest[blocks[i].end];
            for (std::size_t row = 0; row < best.size(); ++row) all[row] = std::max(all[row], best[row]);
            if (options.progress) options.progress(++done, blocks.size());
        }
    };
    {
        std::vector<std::jthread> workers;
        for (std::size_t i = 1; i < comparer.threads(); ++i) workers.emplace_back(work);
        work();
    }
    return highest;
}

bool is_enrolled(const Related& related, const LabelledPicture& probe, std::span<const std::uint32_t> faces) {
    return std::ranges::any_of(faces, [&](std::uint32_t face) { return related.of(probe, face).own; });
}

/// Pictures without a face: what they should have found counts as missed.
void add_faceless(GallerySizes& found, const DataSet& probes, const DataSet& gallery,
                  const std::vector<std::uint32_t>& faces, const SamePerson& confirmed) {
    const Related related(probes, gallery, confirmed);
    for (std::uint32_t i = 0; i < probes.pictures.size(); ++i) {
        const LabelledPicture& probe = probes.pictures[i];
        if (probe.face != nullptr) continue;
        found.searches.push_back(
            {.picture = i,
             .own = kNothing,
             .enrolled = is_enrolled(related, probe, faces),
             .strangers = std::vector<double>(found.sizes.size(), kNothing),
             .rank = std::vector<std::uint32_t>(found.all + 1, std::numeric_limits<std::uint32_t>::max())});
    }
}

}  // namespace

GallerySizes search_sizes(const DataSet& probes, const DataSet& gallery, const SamePerson& confirmed,
                          const PackComparer& comparer, const SizeOptions& options) {
    const auto searched = all_faces(probes);
    const auto faces = shuffled(all_faces(gallery), options.seed);
    GallerySizes found;
    const bool enough = faces.size() >= SyntheticGallery::kFewestFaces * comparer.dimension();
    list_sizes(found, faces.size(), enough ? options.synthetic_up_to : 0);
    for (const std::uint32_t picture : searched)
        found.searches.push_back({.picture = picture,
                                  .own = kNothing,
                                  .enrolled = false,
                                  .strangers = std::vector<double>(found.sizes.size(), kNothing),
                                  .rank = std::vector<std::uint32_t>(found.all + 1, 0)});
    search_real(found, probes, searched, gallery, faces, confirmed, comparer);
    add_faceless(found, probes, gallery, faces, confirmed);
    if (found.all + 1 == found.sizes.size()) return found;

    // The first as many as there are real ones are what the real gallery is checked against.
    const Templates real = comparer.templates(gallery, faces);
    const SyntheticGallery synthetic(real, options.seed);
    std::vector<std::uint64_t> ends = {faces.size()};
    for (std::size_t size = found.all + 1; size < found.sizes.size(); ++size)
        ends.push_back(found.sizes[size].faces - faces.size());
    std::ranges::sort(ends);
    ends.erase(std::ranges::unique(ends).begin(), ends.end());
    const Related related(probes, gallery, confirmed);
    std::vector<Known> known(searched.size());
    for (std::size_t i = 0; i < searched.size(); ++i)
        for (std::uint32_t face = 0; face < faces.size(); ++face)
            if (const auto relation = related.of(probes.pictures[searched[i]], faces[face]);
                relation.own || relation.ignored)
                known[i].push_back(face);
    const auto highest =
        search_synthetic(comparer.templates(probes, searched), known, synthetic, ends, comparer, options);
    const auto up_to = [&](std::uint64_t count, std::size_t search) {
        double best = kNothing;
        for (std::size_t end = 0; end < ends.size() && ends[end] <= count; ++end)
            best = std::max(best, highest[end][search]);
        return best;
    };
    found.synthetic_alone.assign(found.searches.size(), kNothing);
    for (std::size_t i = 0; i < searched.size(); ++i) {
        SearchOutcome& outcome = found.searches[i];
        for (std::size_t size = found.all + 1; size < found.sizes.size(); ++size)
            outcome.strangers[size] =
                std::max(outcome.strangers[found.all], up_to(found.sizes[size].faces - faces.size(), i));
        found.synthetic_alone[i] = up_to(faces.size(), i);
    }
    return found;
}

Result<GallerySizes> search_listed(const DataSet& probes, const DataSet& gallery, const SamePerson& confirmed,
                                   Comparer& comparer, double threshold) {
    const auto searched = all_faces(probes);
    const auto faces = all_faces(gallery);
    const auto pairs = comparer.search(probes, searched, gallery, faces, threshold);
    if (!pairs) return std::unexpected(pairs.error());
    const Related related(probes, gallery, confirmed);
    GallerySizes found;
    found.sizes.push_back({.faces = faces.size(), .synthetic = false});
    std::map<std::uint32_t, std::size_t> row_of;
    for (const std::uint32_t picture : searched) {
        row_of[picture] = found.searches.size();
        found.searches.push_back({.picture = picture,
                                  .own = kNothing,
                                  .enrolled = is_enrolled(related, probes.pictures[picture], faces),
                                  .strangers = {kNothing},
                                  .rank = {}});
    }
    for (const ScoredPair& pair : *pairs) {
        SearchOutcome& outcome = found.searches[row_of.at(pair.probe)];
        const Relation relation = related.of(probes.pictures[pair.probe], pair.gallery);
        if (relation.own)
            outcome.own = std::max(outcome.own, pair.score);
        else if (!relation.ignored)
            outcome.strangers[0] = std::max(outcome.strangers[0], pair.score);
    }
    add_faceless(found, probes, gallery, faces, confirmed);
    return found;
}

}  // namespace visavis::audit
