// What the audit commands share: the options that name photographs, and the pack that is measured.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "audit/attributes.h"
#include "audit/comparer.h"
#include "audit/data_set.h"
#include "audit/false_matches.h"
#include "audit/identification.h"
#include "audit/quality.h"
#include "audit/report.h"
#include "audit/trials.h"
#include "audit/verdicts.h"
#include "base/error.h"
#include "face/pipeline.h"
#include "infer/model_pack.h"
#include "match/score_normalisation.h"
#include "match/similarity_scale.h"

namespace visavis::app {

struct AuditOptions {
    std::string against;  ///< URL of a server to measure instead of a pack
    std::string models;   ///< pack's directory; empty: the default one
    std::string cache;    ///< template cache; empty: `templates.vvtc` in `out`
    std::string out;      ///< directory of the report
    std::vector<double> thresholds{80, 95, 99};
    std::uint64_t seed{1};
    std::size_t resamples{500};
    int threads{0};
    bool central{false};
    bool json{false};
};

/// Adds the options of every audit that makes a report.
[[nodiscard]] std::shared_ptr<AuditOptions> add_audit_options(CLI::App& command);

/// Adds --against, for audits that an API alone can answer.
void add_against_option(CLI::App& command, const std::shared_ptr<AuditOptions>& options);

/// What is measured: the pack on this machine, or a server through its API.
class Subject {
  public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    /// Reads the set and finds its faces, with a progress bar on a terminal. `central`: of several faces the
    /// one nearest to the middle, else the largest.
    virtual Result<audit::DataSet> recognised(const audit::DataSetSource& source, bool central) = 0;

    /// Reads several sets as one.
    virtual Result<audit::DataSet> recognised(const std::vector<audit::DataSetSource>& sources,
                                              bool central) = 0;
    virtual audit::Comparer& comparer() = 0;

    /// What is said of the chosen face of each picture of a set that recognised() gave, in its order.
    virtual Result<audit::AttributeAnswers> describe(const audit::DataSet& set) = 0;
    /// Why the quality filters refuse it.
    virtual Result<audit::QualityAnswers> judge(const audit::DataSet& set) = 0;
    /// audit::identification(), as far as this subject can be asked.
    virtual Result<audit::Identification> identify(const audit::DataSet& probes,
                                                   const audit::DataSet& gallery,
                                                   const audit::SamePerson& confirmed,
                                                   const audit::Method& method,
                                                   const audit::IdentificationOptions& options) = 0;
    [[nodiscard]] virtual audit::System system() const = 0;
};

/// The pack as far as templates go, which needs no curve.
struct Recogniser {
    infer::ModelPack pack;
    std::unique_ptr<face::Pipeline> pipeline;
    match::ScoreNormaliser normaliser;
    audit::TemplateCache cache;
    int threads{};

    static Result<Recogniser> open(const AuditOptions& options, infer::Curve curve);

    /// As Subject::recognised().
    Result<audit::DataSet> find_faces(const std::vector<audit::DataSetSource>& sources, bool central);
};

/// The pack, ready to measure.
class Instrument final : public Subject, public Recogniser {
  public:
    match::SimilarityScale scale;

    static Result<std::unique_ptr<Instrument>> open(const AuditOptions& options);

    Result<audit::DataSet> recognised(const audit::DataSetSource& source, bool central) override;
    Result<audit::DataSet> recognised(const std::vector<audit::DataSetSource>& sources,
                                      bool central) override;
    audit::PackComparer& comparer() override { return comparer_; }
    Result<audit::AttributeAnswers> describe(const audit::DataSet& set) override;
    Result<audit::QualityAnswers> judge(const audit::DataSet& set) override;
    Result<audit::Identification> identify(const audit::DataSet& probes, const audit::DataSet& gallery,
                                           const audit::SamePerson& confirmed, const audit::Method& method,
                                           const audit::IdentificationOptions& options) override;
    [[nodiscard]] audit::System system() const override;

  private:
    Instrument(Recogniser recogniser, match::SimilarityScale the_scale);

    audit::PackComparer comparer_;
};

/// The subject that the options name: the server of --against, else the pack.
Result<std::unique_ptr<Subject>> open_subject(const AuditOptions& options);

/// Thresholds ascending, resamples and seed.
[[nodiscard]] audit::Method method_of(const AuditOptions& options);

/// Options of one labelled set.
std::shared_ptr<audit::DataSetSource> add_set_options(CLI::App& command);

/// Folders and tables (`….csv`, whose column `file` names the pictures) as sources without labels.
[[nodiscard]] std::vector<audit::DataSetSource> unlabelled(const std::vector<std::string>& places);

/// The audits. Each gives the report without command, seed and resamples, which write_report() adds.
struct FalseMatchesRequest {
    audit::DataSetSource probes;
    std::vector<audit::DataSetSource> gallery;
    bool central{};
    std::string verdicts;
    bool with_images{};
    std::vector<audit::Together> together;           ///< each label must be there
    std::vector<audit::Together> together_if_there;  ///< none need be
};
struct FalseMatchesReport {
    audit::Report report;
    std::string suspects;  ///< suspects.csv
};
[[nodiscard]] Result<FalseMatchesReport> report_false_matches(Subject& subject,
                                                              const FalseMatchesRequest& request,
                                                              const audit::Method& method);
/// Those in a file, none where no file is named; errors of audit::read_verdicts().
[[nodiscard]] Result<audit::Verdicts> given_verdicts(const std::string& file);
/// The same for a report: hash and counts; nothing where no file is named.
[[nodiscard]] std::optional<audit::GivenVerdicts> described_verdicts(const std::string& file,
                                                                     const audit::Verdicts& verdicts);
/// Whether suspects.csv at `path` may be written again: all verdicts in it are also in the file `verdicts`.
[[nodiscard]] Result<void> may_replace_suspects(const std::string& path, const std::string& verdicts);
[[nodiscard]] Result<audit::Report> report_verification(Subject& subject, const audit::DataSetSource& source,
                                                        bool central, const audit::Method& method);
[[nodiscard]] Result<audit::Report> report_quality(Subject& subject, const audit::DataSetSource& source,
                                                   bool central, const audit::Method& method);

struct IdentificationRequest {
    std::string name;                  ///< of the set that is searched; empty: its folder's or table's
    std::string people;                ///< labels of both sides
    std::string photos;                ///< table of photographs, of which `gallery` and `probes` are folders
    std::vector<std::string> gallery;  ///< empty: the first photograph of each person of `photos`
    std::string probes;                ///< empty: the others
    std::vector<std::string> group_by;
    std::string labels;
    bool central{};
    std::string verdicts;
    audit::IdentificationOptions options;
};
[[nodiscard]] Result<audit::Report> report_identification(Subject& subject,
                                                          const IdentificationRequest& request,
                                                          const audit::Method& method);

struct AttributeTables {
    audit::DataSetSource source;        ///< without its table
    std::vector<std::string> labels;    ///< tables, each a data set of the report
    std::vector<std::string> reversed;  ///< angles that they count the other way round
};
[[nodiscard]] Result<audit::Report> report_attributes(Subject& subject, const AttributeTables& tables,
                                                      bool central);

/// A progress bar on a terminal, for pictures.
void show_pictures_done(std::size_t done, std::size_t all);

/// Each adds its subcommand of `audit`.
void add_audit_false_matches(CLI::App& audit, int& exit_code);
void add_audit_verification(CLI::App& audit, int& exit_code);
void add_audit_identification(CLI::App& audit, int& exit_code);
void add_audit_attributes(CLI::App& audit, int& exit_code);
void add_audit_quality(CLI::App& audit, int& exit_code);
void add_audit_compare(CLI::App& audit, int& exit_code);
void add_audit_all(CLI::App& audit, int& exit_code);

/// Writes NAME.json and NAME.html into `folder`, completed with the command, seed and resamples. kUnavailable
/// if they cannot be written.
Result<void> save_report(const audit::Report& report, const AuditOptions& options, const std::string& folder,
                         const std::string& name);

/// Writes report.json and report.html into the options' directory and prints where; the first sentences to
/// stdout.
Result<void> write_report(const audit::Report& report, const AuditOptions& options);

}  // namespace visavis::app
