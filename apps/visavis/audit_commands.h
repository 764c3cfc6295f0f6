// What the audit commands share: the options that name photographs, and the pack that is measured.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/data_set.h"
#include "audit/report.h"
#include "audit/trials.h"
#include "base/error.h"
#include "face/pipeline.h"
#include "infer/model_pack.h"
#include "match/score_normalisation.h"
#include "match/similarity_scale.h"

namespace visavis::app {

struct AuditOptions {
    std::string models;   ///< pack's directory; empty: the default one
    std::string cache;    ///< template cache; empty: `templates.vvtc` in `out`
    std::string out;      ///< directory of the report
    std::string command;  ///< as it was typed
    std::vector<double> thresholds{80, 95, 99};
    std::uint64_t seed{1};
    std::size_t resamples{500};
    int threads{0};
    bool central{false};
    bool json{false};
};

/// Adds the options of every audit that makes a report.
[[nodiscard]] std::shared_ptr<AuditOptions> add_audit_options(CLI::App& command);

/// The pack, ready to measure.
struct Instrument {
    infer::ModelPack pack;
    std::unique_ptr<face::Pipeline> pipeline;
    match::SimilarityScale scale;
    match::ScoreNormaliser normaliser;
    audit::TemplateCache cache;
    int threads{1};

    static Result<std::unique_ptr<Instrument>> open(const AuditOptions& options);

    /// Reads the set and finds its faces, with a progress bar on a terminal.
    Result<audit::DataSet> recognised(const audit::DataSetSource& source, bool central);

    [[nodiscard]] audit::System system() const;
};

/// A progress bar on a terminal, for pictures.
void show_pictures_done(std::size_t done, std::size_t all);

/// Adds `audit attributes`.
void add_audit_attributes(CLI::App& audit, int& exit_code);

/// Writes report.json and report.html into the options' directory and prints where; the first sentences to
/// stdout.
Result<void> write_report(const audit::Report& report, const AuditOptions& options);

}  // namespace visavis::app
