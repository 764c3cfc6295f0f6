// Tags of a collection.
#pragma once

#include <map>
#include <span>
#include <string>

#include "base/error.h"
#include "store/collections.h"

namespace visavis::store {

using TagMap = std::map<std::string, std::string, std::less<>>;

class Tags {
  public:
    Tags() = default;
    Tags(const Tags&) = delete;
    Tags& operator=(const Tags&) = delete;
    virtual ~Tags() = default;

    /// Empty if the collection has none.
    [[nodiscard]] virtual Result<TagMap> list(CollectionKey collection) const = 0;

    /// Adds tags; a key that is there takes the new value.
    virtual Result<void> set(CollectionKey collection, const TagMap& tags) = 0;

    /// Keys that are not there are no error.
    virtual Result<void> remove(CollectionKey collection, std::span<const std::string> keys) = 0;
};

}  // namespace visavis::store
