// The entities on one connection, within one transaction.
#pragma once

#include <functional>
#include <vector>

#include "keys/seal.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace visavis::store::sqlite {

/// What the tables of one transaction share.
struct Session {
    Connection& connection;
    const keys::SealKey& wrapping;  ///< seals the collections' own keys
    bool erased{false};             ///< a template was removed or replaced: the log must be truncated soon
    std::vector<std::function<void()>> committed{};
};

/// The keys of one collection.
struct CollectionKeys {
    std::string uid;
    keys::SealKey templates;
    keys::SealKey origins;

    /// Ties a sealed template to its place.
    [[nodiscard]] Bytes place_of_face(ByteView face_id) const;
    [[nodiscard]] Bytes place_of_user(std::string_view user_id) const;
};

/// kNotFound if there is no such collection; kInternal if its key does not open.
Result<CollectionKeys> keys_of(Session& session, CollectionKey collection);

[[nodiscard]] Bytes bytes_of_template(std::span<const float> vector);
[[nodiscard]] Result<std::vector<float>> template_of_bytes(ByteView bytes);

/// The face in columns 0 to 9: row, face_id, image_id, external_id, box_left, box_top, box_width, box_height,
/// confidence, the user's user_id.
[[nodiscard]] Face face_of(const Query& row);

/// A face's template as it was before it was sealed; kInternal, saying what to do, if it does not open.
[[nodiscard]] Result<std::vector<float>> template_of_face(const CollectionKeys& keys, const Bytes& id,
                                                          const Bytes& sealed, const std::string& file);

/// The same of a user's fused template.
[[nodiscard]] Result<std::vector<float>> template_of_user(const CollectionKeys& keys,
                                                          const std::string& user_id, const Bytes& sealed,
                                                          const std::string& file);

/// What a row of `faces` holds beside the face itself.
struct FaceSource {
    Bytes origin;
    std::optional<std::string> external_id;
    TimePoint last_interaction;
    std::optional<std::string> case_id;
};

/// The new face's row; kConflict if it, or this face of its image, is there already. Not counted yet.
Result<std::uint64_t> insert_face(Session& session, const CollectionKeys& keys, CollectionKey collection,
                                  const NewFace& face, const FaceSource& source);
void count_added_faces(Session& session, CollectionKey collection, std::size_t faces);

/// The 16 bytes of a UUID; nothing if it is none.
[[nodiscard]] std::optional<Bytes> bytes_of_uuid(std::string_view uuid);
[[nodiscard]] std::string uuid_of_bytes(ByteView bytes);

/// A number that was never there before, for collections.*_generation: random, so that a restored older
/// database never agrees by chance with an index file of later.
[[nodiscard]] std::int64_t new_generation();

class SqliteCollections final : public Collections {
  public:
    explicit SqliteCollections(Session& session) : session_(session) {}
    Result<std::optional<Collection>> find(std::string_view account, std::string_view id) const override;
    Result<std::vector<Collection>> list(std::string_view account, CollectionKey after,
                                         std::size_t most) const override;
    Result<std::vector<Collection>> all() const override;
    Result<Bytes> file_key(CollectionKey key) const override;
    Result<Bytes> origin_key(CollectionKey key) const override;
    Result<void> set_normaliser(CollectionKey key, std::string_view normaliser) override;
    Result<Collection> hand_to(CollectionKey key, std::string_view account, std::string_view id) override;
    Result<Collection> create(const NewCollection& collection) override;
    Result<std::size_t> empty(CollectionKey key, std::size_t most) override;
    Result<void> remove(CollectionKey key) override;

  private:
    Session& session_;
};

class SqliteFaces final : public Faces {
  public:
    explicit SqliteFaces(Session& session) : session_(session) {}
    Result<std::vector<std::optional<Face>>> find(CollectionKey collection,
                                                  std::span<const std::string> face_ids) const override;
    Result<std::vector<std::optional<Face>>> find_rows(CollectionKey collection,
                                                       std::span<const std::uint64_t> rows) const override;
    Result<std::vector<KnownFace>> of_image(CollectionKey collection,
                                            const ImageOrigin& origin) const override;
    Result<std::string> image_id(CollectionKey collection, const ImageOrigin& origin) const override;
    Result<std::vector<Face>> list(CollectionKey collection, const FaceFilter& filter, std::uint64_t after,
                                   std::size_t most) const override;
    Result<std::vector<StoredTemplate>> templates(CollectionKey collection, std::uint64_t after,
                                                  std::size_t most) const override;
    Result<std::vector<StoredTemplate>> templates_of(CollectionKey collection,
                                                     std::span<const std::uint64_t> rows) const override;
    Result<std::vector<std::uint64_t>> rows(CollectionKey collection) const override;
    Result<std::vector<ArchivedFace>> archived(CollectionKey collection, std::uint64_t after,
                                               std::size_t most) const override;
    Result<void> add_archived(CollectionKey collection, std::span<const ArchivedFace> faces) override;
    Result<std::vector<Face>> add(CollectionKey collection, const ImageOrigin& origin,
                                  std::span<const NewFace> faces) override;
    Result<void> set_normalisation(CollectionKey collection,
                                   std::span<const NewNormalisation> pairs) override;
    Result<std::size_t> remove(CollectionKey collection, std::span<const std::uint64_t> rows) override;
    Result<void> set_user(CollectionKey collection, std::span<const std::uint64_t> rows,
                          const std::optional<std::string>& user_id) override;

  private:
    Session& session_;
};

class SqliteUsers final : public Users {
  public:
    explicit SqliteUsers(Session& session) : session_(session) {}
    Result<std::optional<User>> find(CollectionKey collection, std::string_view user_id) const override;
    Result<std::vector<std::optional<User>>> find_templates(
        CollectionKey collection, std::span<const std::uint64_t> template_rows) const override;
    Result<std::vector<User>> list(CollectionKey collection, std::uint64_t after,
                                   std::size_t most) const override;
    Result<std::vector<StoredTemplate>> templates(CollectionKey collection, std::uint64_t after,
                                                  std::size_t most) const override;
    Result<std::vector<std::uint64_t>> template_rows(CollectionKey collection) const override;
    Result<void> set_normalisation(CollectionKey collection,
                                   std::span<const NewNormalisation> pairs) override;
    Result<std::vector<ArchivedUser>> archived(CollectionKey collection, std::uint64_t after,
                                               std::size_t most) const override;
    Result<void> add_archived(CollectionKey collection, std::span<const ArchivedUser> users) override;
    Result<User> create(CollectionKey collection, std::string_view user_id, TimePoint now) override;
    Result<void> remove(CollectionKey collection, std::string_view user_id) override;
    Result<User> set_template(CollectionKey collection, std::string_view user_id,
                              const std::optional<FusedTemplate>& fused) override;

  private:
    Session& session_;
};

class SqliteTags final : public Tags {
  public:
    explicit SqliteTags(Session& session) : session_(session) {}
    Result<TagMap> list(CollectionKey collection) const override;
    Result<void> set(CollectionKey collection, const TagMap& tags) override;
    Result<void> remove(CollectionKey collection, std::span<const std::string> keys) override;

  private:
    Session& session_;
};

class SqliteTokens final : public Tokens {
  public:
    explicit SqliteTokens(Session& session) : session_(session) {}
    Result<std::optional<UsedToken>> find(const TokenName& name) const override;
    Result<void> remember(const TokenName& name, const UsedToken& used, TimePoint expires) override;
    Result<void> forget(TimePoint now) override;

  private:
    Session& session_;
};

class SqliteOutbox final : public Outbox {
  public:
    explicit SqliteOutbox(Session& session) : session_(session) {}
    Result<std::vector<Message>> peek(std::size_t most) const override;
    Result<std::uint64_t> enqueue(std::string_view kind, ByteView payload) override;
    Result<void> remove(std::span<const std::uint64_t> ids) override;

  private:
    Session& session_;
};

class SqliteRetention final : public Retention {
  public:
    explicit SqliteRetention(Session& session) : session_(session) {}
    Result<std::vector<Face>> due_faces(CollectionKey collection, TimePoint until,
                                        std::size_t most) const override;
    Result<std::vector<User>> due_users(CollectionKey collection, TimePoint until,
                                        std::size_t most) const override;
    Result<DueCount> count_due(CollectionKey collection, TimePoint until) const override;
    Result<std::optional<TimePoint>> oldest(CollectionKey collection) const override;
    Result<std::optional<Sweep>> last_sweep(CollectionKey collection) const override;
    Result<std::vector<CollectionKey>> collections_of_case(std::string_view case_id) const override;
    Result<std::vector<Face>> faces_of_case(CollectionKey collection, std::string_view case_id,
                                            std::size_t most) const override;
    Result<std::vector<User>> users_of_case(CollectionKey collection, std::string_view case_id,
                                            std::size_t most) const override;
    Result<void> renew(CollectionKey collection, std::span<const std::uint64_t> rows, TimePoint now) override;
    Result<void> renew_user(CollectionKey collection, std::string_view user_id, TimePoint now) override;
    Result<void> set_case(CollectionKey collection, std::span<const std::uint64_t> rows,
                          std::string_view case_id) override;
    Result<void> set_case_of_user(CollectionKey collection, std::string_view user_id,
                                  std::string_view case_id) override;
    Result<void> note_sweep(CollectionKey collection, const Sweep& sweep) override;

  private:
    Session& session_;
};

class SqliteTransaction final : public Transaction {
  public:
    explicit SqliteTransaction(Session& session)
        : session_(session),
          collections_(session),
          faces_(session),
          users_(session),
          tags_(session),
          tokens_(session),
          outbox_(session),
          retention_(session) {}

    const Collections& collections() const override { return collections_; }
    const Faces& faces() const override { return faces_; }
    const Users& users() const override { return users_; }
    const Tags& tags() const override { return tags_; }
    const Tokens& tokens() const override { return tokens_; }
    const Outbox& outbox() const override { return outbox_; }
    const Retention& retention() const override { return retention_; }
    Collections& collections() override { return collections_; }
    Faces& faces() override { return faces_; }
    Users& users() override { return users_; }
    Tags& tags() override { return tags_; }
    Tokens& tokens() override { return tokens_; }
    Outbox& outbox() override { return outbox_; }
    Retention& retention() override { return retention_; }
    void on_commit(std::function<void()> then) override { session_.committed.push_back(std::move(then)); }

  private:
    Session& session_;
    SqliteCollections collections_;
    SqliteFaces faces_;
    SqliteUsers users_;
    SqliteTags tags_;
    SqliteTokens tokens_;
    SqliteOutbox outbox_;
    SqliteRetention retention_;
};

/// What Store::check gives, in one read transaction. Defined in check.cpp.
[[nodiscard]] Result<CheckResult> check(Session& session);

}  // namespace visavis::store::sqlite
