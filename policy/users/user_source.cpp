#include "policy/users/user_source.h"

namespace policy::users {
namespace {

struct Make {
    std::unique_ptr<UserSource> operator()(const StaticOptions& options) const { return make_static(options); }
    std::unique_ptr<UserSource> operator()(const DomainOptions& options) const { return make_domain(options); }
    std::unique_ptr<UserSource> operator()(const LdapOptions& options) const {
        return make_cached(make_ldap(options), options.cache);
    }
    std::unique_ptr<UserSource> operator()(const SqlOptions& options) const {
        return make_cached(make_sql(options), options.cache);
    }
};

}  // namespace

std::unique_ptr<UserSource> make_source(const Options& options) {
    return std::visit(Make(), options);
}

}  // namespace policy::users
