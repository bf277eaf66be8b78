#include "policy/users/user_source.h"

namespace policy::user_sources {
namespace {

struct Make {
    std::unique_ptr<UserSource> operator()(const StaticOptions& options) const { return make_static(options); }
    std::unique_ptr<UserSource> operator()(const DomainOptions& options) const { return make_domain(options); }
    std::unique_ptr<UserSource> operator()(const LdapOptions& options) const {
        return make_remembering(make_ldap(options), options.remembering);
    }
    std::unique_ptr<UserSource> operator()(const SqlOptions& options) const {
        return make_remembering(make_sql(options), options.remembering);
    }
};

}  // namespace

std::unique_ptr<UserSource> make_source(const Options& options) {
    return std::visit(Make(), options);
}

}  // namespace policy::user_sources
