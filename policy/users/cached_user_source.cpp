#include <mutex>
#include <unordered_map>

#include "policy/users/user_source.h"

namespace policy::users {
namespace {

class RememberingSource final : public UserSource {
  public:
    RememberingSource(std::unique_ptr<UserSource> source, CacheOptions cache)
        : source_(std::move(source)), remembering_(cache) {}

    calendar::base::Found<std::optional<User>> find(const calendar::itip::Address& address,
                                                    calendar::base::Deadline deadline) override {
        {
            const std::lock_guard lock(mutex_);
            const auto found = answers_.find(address.text());
            if (found != answers_.end() && std::chrono::steady_clock::now() < found->second.until)
                return found->second.user;
        }
        // Asked without the lock: others go on meanwhile; the same question asked twice is only a waste.
        auto user = source_->find(address, deadline);
        if (user) remember(address.text(), *user);
        return user;
    }
    bool immediate() const noexcept override { return source_->immediate(); }

  private:
    struct CachedAnswer {
        std::optional<User> user;
        calendar::base::Deadline until;
    };

    void remember(const std::string& address, const std::optional<User>& user) {
        const auto until = std::chrono::steady_clock::now() + (user ? remembering_.found : remembering_.nobody);
        const std::lock_guard lock(mutex_);
        if (answers_.size() >= remembering_.most) answers_.clear();
        answers_.insert_or_assign(address, CachedAnswer{user, until});
    }

    const std::unique_ptr<UserSource> source_;
    const CacheOptions remembering_;
    std::mutex mutex_;
    std::unordered_map<std::string, CachedAnswer> answers_;
};

}  // namespace

std::unique_ptr<UserSource> make_cached(std::unique_ptr<UserSource> source, CacheOptions cache) {
    return std::make_unique<RememberingSource>(std::move(source), cache);
}

}  // namespace policy::users
