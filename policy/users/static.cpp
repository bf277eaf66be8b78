#include <unordered_map>

#include "policy/users/user_source.h"

namespace policy::users {
namespace {

class StaticUsers final : public UserSource {
  public:
    explicit StaticUsers(StaticOptions options) : users_(std::move(options.users)) {
        for (std::size_t i = 0; i < users_.size(); ++i)
            for (const auto& address : users_[i].addresses)
                by_address_[address.text()].push_back(i);
    }

    calendar::base::Found<std::vector<User>> find(const calendar::itip::Address& address,
                                                  calendar::base::Deadline) override {
        std::vector<User> found;
        const auto places = by_address_.find(address.text());
        if (places == by_address_.end()) return found;
        for (const auto place : places->second)
            found.push_back(users_[place]);
        return found;
    }
    bool immediate() const noexcept override { return true; }

  private:
    const std::vector<User> users_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_address_;
};

}  // namespace

std::unique_ptr<UserSource> make_static(StaticOptions options) {
    return std::make_unique<StaticUsers>(std::move(options));
}

}  // namespace policy::users
