#include "calendar/base/lru_cache.h"
#include "policy/users/user_source.h"

namespace policy::users {
namespace {

using calendar::base::Deadline;

class CachedUserSource final : public UserSource {
  public:
    CachedUserSource(std::unique_ptr<UserSource> source, CacheOptions options, const calendar::base::Now& now)
        : source_(std::move(source)), options_(options), now_(now), answers_(options.most, answers_.unlimited, now) {}

    calendar::base::Found<std::vector<User>> find(const calendar::itip::Address& address, Deadline deadline) override {
        if (const auto known = answers_.find(address.text())) return **known;
        // Asked without a lock: others go on meanwhile; the same question asked twice is only a waste.
        auto users = source_->find(address, deadline);
        if (!users) return users;
        const auto life = users->empty() ? options_.nobody : options_.found;
        answers_.put(address.text(), std::make_shared<const std::vector<User>>(*users), now_() + life);
        return users;
    }
    bool immediate() const noexcept override { return source_->immediate(); }

  private:
    const std::unique_ptr<UserSource> source_;
    const CacheOptions options_;
    const calendar::base::Now now_;
    calendar::base::LruCache<std::string, std::shared_ptr<const std::vector<User>>> answers_;
};

}  // namespace

std::unique_ptr<UserSource> make_cached(std::unique_ptr<UserSource> source, CacheOptions cache,
                                        const calendar::base::Now& now) {
    return std::make_unique<CachedUserSource>(std::move(source), cache, now);
}

}  // namespace policy::users
