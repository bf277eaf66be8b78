#include "policy/ldap/directory.h"

#include <fmt/format.h>

#include "calendar/base/threads/pool.h"
#include "calendar/net/circuit_breaker.h"
#include "calendar/net/password_file.h"
#include "policy/ldap/ldap_connection.h"

namespace policy::ldap {
namespace {

constexpr std::size_t most_connections = 16;
constexpr std::chrono::seconds longest_idle{60};  // something on the way may have forgotten an older one

std::string escaped(std::string_view value, std::string_view special) {
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte >= 0x7f || special.find(c) != std::string_view::npos)
            text += fmt::format("\\{:02x}", byte);
        else
            text += c;
    }
    return text;
}

}  // namespace

struct Directory::Server {
    DirectoryOptions options;
    std::string password;
    calendar::base::Pool<std::optional<LdapConnection>> connections{most_connections, longest_idle};
    calendar::net::CircuitBreaker breaker;

    /// On a connection that was kept and still works, else on a new one.
    template <class Search>
    LdapResult<LdapConnection::SearchResult> ask(calendar::base::Deadline end, Search search) {
        auto loan = connections.borrow(end);
        if (!loan) return tl::unexpected(LdapTrouble{"all connections were busy", true});
        auto& connection = loan->owner;
        const bool kept = connection.has_value();
        for (bool again = kept;; again = false) {
            if (!connection) {
                auto opened = LdapConnection::open(options, password, end);
                if (!opened) return tl::unexpected(std::move(opened.error()));
                connection = *std::move(opened);
            }
            auto answer = search(*connection);
            if (answer) return answer;
            connection.reset();
            if (!again || answer.error().late) return answer;
        }
    }
};

Directory::Directory(DirectoryOptions options) : server_(std::make_unique<Server>()) {
    LdapConnection::check_url(options.url);
    // An empty one, which is refused, would bind without a password: servers take that for anonymous (RFC 4513 5.1.2).
    if (!options.bind_dn.empty()) server_->password = calendar::net::read_password(options.password_file.value_or(""));
    server_->options = std::move(options);
}
Directory::~Directory() = default;

calendar::base::Found<std::vector<Directory::Entry>> Directory::search(const std::string& base,
                                                                       const std::string& filter,
                                                                       const std::vector<std::string>& attributes,
                                                                       calendar::base::Deadline deadline) {
    using Answer = calendar::base::Found<LdapConnection::SearchResult>;
    const auto answer =
        server_->breaker.ask(deadline, server_->options.timeout, [&](calendar::base::Deadline end) -> Answer {
            const auto search = [&](LdapConnection& connection) {
                return connection.search(base, filter, attributes, end);
            };
            return server_->ask(end, search).map_error([](const LdapTrouble& trouble) { return trouble.said; });
        });
    return (answer ? *answer : LdapConnection::SearchResult(tl::unexpected(answer.error())))
        .map_error([&](const std::string& what) { return server_->options.url + ": " + what; });
}

std::string escape_filter(std::string_view value) {
    return escaped(value, R"(*()\)");
}

std::string escape_dn(std::string_view value) {
    // A space and '#' are special in some places only, and '=' nowhere; escaped they mean the same (RFC 4514 2.4).
    return escaped(value, R"( "#+,;<=>\)");
}

}  // namespace policy::ldap
