#include "policy/ldap/directory.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>

#include "calendar/net/password_file.h"
#include "policy/ldap/ldap_connection.h"

namespace policy::ldap {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_idle = 16;
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

class Directory::Connections {
  public:
    using SearchResult = LdapConnection::SearchResult;
    using Search = std::function<LdapResult<SearchResult>(LdapConnection&)>;

    explicit Connections(DirectoryOptions options) : options_(std::move(options)) {
        LdapConnection::check_url(options_.url);
        // An empty one, which is refused, would bind without a password: servers take that for anonymous (RFC
        // 4513 5.1.2).
        if (!options_.bind_dn.empty()) password_ = calendar::net::read_password(options_.password_file.value_or(""));
    }

    /// On a connection that was kept and still works, else on a new one.
    LdapResult<SearchResult> ask(const Search& question, calendar::base::Deadline end) {
        if (auto kept = take()) {
            auto answer = question(*kept);
            if (answer) give_back(*std::move(kept));
            if (answer || answer.error().late) return answer;
        }
        auto fresh = LdapConnection::open(options_, password_, end);
        if (!fresh) return tl::unexpected(std::move(fresh.error()));
        auto answer = question(*fresh);
        if (answer) give_back(*std::move(fresh));
        return answer;
    }

    const DirectoryOptions& options() const noexcept { return options_; }

  private:
    struct Idle {
        LdapConnection connection;
        calendar::base::Deadline since;
    };

    std::optional<LdapConnection> take() {
        const auto oldest = Clock::now() - longest_idle;
        const std::lock_guard lock(mutex_);
        std::erase_if(idle_, [&](const Idle& each) { return each.since < oldest; });
        if (idle_.empty()) return std::nullopt;
        std::optional connection(std::move(idle_.back().connection));
        idle_.pop_back();
        return connection;
    }

    void give_back(LdapConnection connection) {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < most_idle) idle_.push_back({std::move(connection), Clock::now()});
    }

    const DirectoryOptions options_;
    std::string password_;
    std::mutex mutex_;
    std::vector<Idle> idle_;
};

Directory::Directory(DirectoryOptions options) : connections_(std::make_unique<Connections>(std::move(options))) {}
Directory::~Directory() = default;

calendar::base::Found<std::vector<Directory::Entry>> Directory::search(const std::string& base,
                                                                       const std::string& filter,
                                                                       const std::vector<std::string>& attributes,
                                                                       calendar::base::Deadline deadline) {
    const auto& options = connections_->options();
    const auto named = [&](const std::string& what) { return options.url + ": " + what; };
    const auto now = Clock::now();
    // Says nothing about the server, so nobody else is spared.
    if (now >= deadline) return tl::unexpected(named("no time is left to ask"));
    const auto end = std::min(deadline, now + options.timeout);
    const auto told = resting_.ask([&]() -> calendar::base::Found<LdapConnection::SearchResult> {
        return connections_
            ->ask([&](LdapConnection& connection) { return connection.search(base, filter, attributes, end); }, end)
            .map_error([&](const LdapTrouble& trouble) { return named(trouble.said); });
    });
    if (!told) return tl::unexpected(told.error());
    return told->map_error(named);
}

std::string escape_filter(std::string_view value) {
    return escaped(value, R"(*()\)");
}

std::string escape_dn(std::string_view value) {
    // A space and '#' are special in some places only, and '=' nowhere; escaped they mean the same (RFC 4514 2.4).
    return escaped(value, R"( "#+,;<=>\)");
}

}  // namespace policy::ldap
