#include <algorithm>

#include "policy/user_sources/user_source.h"

namespace policy::user_sources {
namespace {

using calendar::itip::Address;

std::string fill(std::string_view pattern, const Address& address) {
    std::string filled;
    while (!pattern.empty()) {
        if (pattern.starts_with("{local}")) {
            filled += address.local();
            pattern.remove_prefix(7);
        } else if (pattern.starts_with("{domain}")) {
            filled += address.domain();
            pattern.remove_prefix(8);
        } else {
            filled += pattern.front();
            pattern.remove_prefix(1);
        }
    }
    return filled;
}

class DomainUsers final : public UserSource {
  public:
    explicit DomainUsers(DomainOptions options) : options_(std::move(options)) {}

    Found<std::optional<User>> find(const Address& address, Deadline) override {
        if (std::find(options_.domains.begin(), options_.domains.end(), address.domain()) == options_.domains.end())
            return std::nullopt;
        User user;
        user.name = fill(options_.user, address);
        for (const std::string& pattern : options_.addresses) {
            const auto other = Address::parse(fill(pattern, address));
            if (other && std::find(user.addresses.begin(), user.addresses.end(), *other) == user.addresses.end())
                user.addresses.push_back(*other);
        }
        return user;
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

}  // namespace policy::user_sources
