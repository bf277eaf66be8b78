#include "milter/imipctl/rehearsal/overlay.h"

namespace milter::imipctl {

using calendar::base::Owner;
using calendar::base::Result;
using calendar::connectors::Stored;

Result<std::optional<Stored>> Overlay::fetch(const Owner& owner, const std::string& uid,
                                             calendar::base::Deadline deadline) {
    {
        const auto written = written_.lock();
        const auto found = written->find({owner.user, uid});
        if (found != written->end()) return found->second;
    }
    return below_->fetch(owner, uid, deadline);
}

Result<void> Overlay::store(const Owner& owner, const std::string& uid, const std::string& content,
                            const std::optional<Stored>& before) {
    auto stored = before.value_or(Stored{.name = uid, .version = {}, .content = {}});
    stored.content = content;
    written_.lock()->insert_or_assign({owner.user, uid}, std::move(stored));
    return {};
}

Result<void> Overlay::remove(const Owner& owner, const std::string& uid, const Stored&) {
    written_.lock()->insert_or_assign({owner.user, uid}, std::nullopt);
    return {};
}

}  // namespace milter::imipctl
