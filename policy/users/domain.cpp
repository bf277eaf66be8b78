#include <algorithm>

#include "calendar/base/template.h"
#include "policy/users/user_source.h"

namespace policy::users {
namespace {

using calendar::itip::Address;

class DomainUsers final : public UserSource {
  public:
    explicit DomainUsers(DomainOptions options) : options_(std::move(options)) {}

    calendar::base::Found<std::vector<User>> find(const Address& address, calendar::base::Deadline) override {
        if (std::find(options_.domains.begin(), options_.domains.end(), address.domain()) == options_.domains.end())
            return std::vector<User>();
        const calendar::base::Values values{{"local", std::string(address.local())},
                                            {"domain", std::string(address.domain())}};
        // A stranger chooses the local part, and no user has a name such as `../x`.
        auto name = calendar::base::expand_path(options_.user, {.user = {}, .address = address.text()});
        if (!name) return std::vector<User>();
        User user;
        user.name = *std::move(name);
        for (const std::string& pattern : options_.addresses) {
            const auto other = Address::parse(calendar::base::fill(pattern, values));
            if (other && !contains(user.addresses, *other)) user.addresses.push_back(*other);
        }
        return std::vector{std::move(user)};
    }
    bool immediate() const noexcept override { return true; }
    bool knows_everybody() const noexcept override { return true; }

  private:
    const DomainOptions options_;
};

}  // namespace

std::unique_ptr<UserSource> make_domain(DomainOptions options) {
    return std::make_unique<DomainUsers>(std::move(options));
}

}  // namespace policy::users
