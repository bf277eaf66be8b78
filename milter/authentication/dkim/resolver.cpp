#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include "calendar/base/fd.h"
#include "calendar/base/free_with.h"
#include "calendar/base/lru_cache.h"
#include "calendar/base/os_error.h"
#include "calendar/base/text.h"
#include "milter/authentication/dkim/dkim.h"

namespace milter::authentication {

namespace {

using calendar::base::Fd;
using calendar::base::FreeWith;

constexpr int type_txt = 16;  // RFC 1035 3.2.2
constexpr int class_internet = 1;

/// Questions under way about one signing domain: one whose servers are silent must not take them all.
constexpr std::size_t most_questions = 4;
/// Without an answer for this long the domain counts as silent; a shorter wait may be the message's own lack of time.
constexpr std::chrono::seconds long_wait{2};
/// How long a silent domain is not asked again.
constexpr std::chrono::seconds rest{20};
constexpr std::size_t most_silent_domains = 10'000;

constexpr std::pair<const char*, const char*> options[] = {
    {"do-not-query-localhost:", "no"},
    // A library's defaults are for a few questions at once.
    {"num-queries-per-thread:", "1024"},
    {"outgoing-range:", "256"},
};

/// The signing domain in SELECTOR._domainkey.DOMAIN.
std::string domain_of(const std::string& name) {
    constexpr std::string_view middle = "_domainkey.";
    const auto at = name.find(middle);
    return at == std::string::npos ? name : name.substr(at + middle.size());
}

/// The character strings of a TXT record, joined (RFC 6376 3.6.2.2).
std::string joined(const char* data, int size) {
    std::string text;
    for (int at = 0; at < size;) {
        const int length = std::min<int>(static_cast<unsigned char>(data[at]), size - at - 1);
        text.append(data + at + 1, static_cast<std::size_t>(length));
        at += 1 + length;
    }
    return text;
}

/// Other TXT records stand at the same name where a wildcard does.
bool looks_like_key(std::string_view text) {
    bool found = false;
    calendar::base::for_each_piece(text, ';', [&found](std::string_view tag) {
        tag = calendar::base::trimmed(tag, calendar::base::white_space);
        found = found || tag.starts_with("v=DKIM1") || tag.starts_with("p=");
    });
    return found;
}

std::string rcode_name(int rcode) {
    switch (rcode) {
        case 2:
            return "SERVFAIL";
        case 5:
            return "REFUSED";
        default:
            return fmt::format("DNS answer code {}", rcode);
    }
}

KeyAnswer answer_of(const ub_result& result) {
    if (result.nxdomain != 0) return NoKey{};
    if (result.rcode != 0) return KeyTrouble{rcode_name(result.rcode)};
    if (result.havedata == 0) return NoKey{};
    for (int i = 0; result.data[i] != nullptr; ++i) {
        auto text = joined(result.data[i], result.len[i]);
        if (looks_like_key(text)) return text;
    }
    return NoKey{};
}

/// libunbound with its worker thread and its cache, and one thread of ours that hands the answers out.
class Resolver : public KeySource {
  public:
    Resolver(const std::vector<policy::config::NameServer>& nameservers, const calendar::base::Now& now)
        : context_(ub_ctx_create()),
          silent_(most_silent_domains, calendar::base::LruCache<std::string, bool>::unlimited, now),
          now_(now) {
        if (context_ == nullptr) throw std::runtime_error("cannot initialize libunbound");
        check(ub_ctx_async(context_.get(), 1), "libunbound does not provide threads");
        check(ub_ctx_debugout(context_.get(), nullptr), "cannot turn off libunbound's own log");
        for (const auto& [option, value] : options)
            check(ub_ctx_set_option(context_.get(), option, value), "libunbound does not accept an option");
        if (nameservers.empty()) check(ub_ctx_resolvconf(context_.get(), nullptr), "cannot read /etc/resolv.conf");
        for (const auto& [address, port] : nameservers)
            check(ub_ctx_set_fwd(context_.get(), fmt::format("{}@{}", address, port).c_str()),
                  fmt::format("libunbound does not accept the name server {}", address));
        // By default libunbound answers that nothing is under "test."; private name servers may have names there.
        check(ub_ctx_zone_remove(context_.get(), "test."), "cannot remove a zone from libunbound");
        stop_ = Fd(eventfd(0, EFD_CLOEXEC));
        if (!stop_) calendar::base::throw_os_error("eventfd");
        thread_ = std::thread([this] { run(); });
    }

    ~Resolver() override {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = write(stop_.get(), &one, sizeof one);
        thread_.join();
        context_.reset();  // after it no question is answered
    }

    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    KeyAnswer ask(const std::string& name, calendar::base::Deadline deadline) override {
        const auto domain = domain_of(name);
        const auto start = std::chrono::steady_clock::now();
        std::unique_lock lock(mutex_);
        const auto may_ask = [&] { return broken_ || silent_.find(domain) || asked_[domain] < most_questions; };
        if (!answered_.wait_until(lock, deadline, may_ask)) return KeyTrouble{"too many open questions to this domain"};
        if (broken_) return stopped();
        if (silent_.find(domain)) return KeyTrouble{"no reply to an earlier question"};
        ++asked_[domain];
        const auto question = questions_.insert(questions_.end(), Lookup{this, {}, {}});
        question->place = question;
        lock.unlock();
        int id = 0;
        const int error = ub_resolve_async(context_.get(), name.c_str(), type_txt, class_internet, &*question,
                                           &Resolver::on_answer, &id);
        lock.lock();
        const auto over = [&] { return question->answer.has_value() || broken_; };
        const bool in_time = error != 0 || answered_.wait_until(lock, deadline, over);
        if (--asked_[domain] == 0) asked_.erase(domain);
        answered_.notify_all();
        if (error != 0 || question->answer) {
            auto answer = error == 0 ? *std::move(question->answer) : KeyTrouble{ub_strerror(error)};
            questions_.erase(question);
            return answer;
        }
        if (!in_time && std::chrono::steady_clock::now() - start >= long_wait) silent_.put(domain, true, now_() + rest);
        question->abandoned = true;
        if (ub_cancel(context_.get(), id) == 0) questions_.erase(question);  // on_answer() will not be called
        return in_time ? stopped() : KeyTrouble{"no reply in time"};
    }

  private:
    /// Lives until libunbound has answered, also when no message waits for it any more.
    struct Lookup {
        Resolver* resolver;
        std::list<Lookup>::iterator place;
        std::optional<KeyAnswer> answer;
        bool abandoned = false;
    };

    static KeyTrouble stopped() { return {"the DNS resolver stopped working; restart imip-milter"}; }

    static void check(int error, const std::string& what) {
        if (error != 0) throw std::runtime_error(fmt::format("{}: {}", what, ub_strerror(error)));
    }

    /// In our thread, out of ub_process().
    static void on_answer(void* data, int error, ub_result* raw) noexcept {
        const std::unique_ptr<ub_result, FreeWith<&ub_resolve_free>> result(raw);
        auto& question = *static_cast<Lookup*>(data);
        auto& resolver = *question.resolver;
        KeyAnswer answer = error != 0 || !result ? KeyTrouble{ub_strerror(error)} : answer_of(*result);
        const std::lock_guard lock(resolver.mutex_);
        if (question.abandoned) {
            resolver.questions_.erase(question.place);
            return;
        }
        question.answer = std::move(answer);
        resolver.answered_.notify_all();
    }

    void run() {
        while (hand_out()) {
        }
        const std::lock_guard lock(mutex_);
        broken_ = true;
        answered_.notify_all();
    }

    /// Waits for answers; false: there will be none any more, because this is destroyed or libunbound's worker ended.
    bool hand_out() {
        pollfd sources[] = {{stop_.get(), POLLIN, 0}, {ub_fd(context_.get()), POLLIN, 0}};
        if (poll(sources, 2, -1) < 0) return errno == EINTR;
        if (sources[0].revents != 0) return false;
        return ub_process(context_.get()) == 0 && (sources[1].revents & (POLLERR | POLLNVAL)) == 0;
    }

    std::unique_ptr<ub_ctx, FreeWith<&ub_ctx_delete>> context_;
    Fd stop_;
    std::mutex mutex_;
    std::condition_variable answered_;
    std::list<Lookup> questions_;
    std::map<std::string, std::size_t> asked_;  ///< questions under way about a signing domain
    calendar::base::LruCache<std::string, bool> silent_;
    const calendar::base::Now now_;
    bool broken_ = false;  ///< no answer is handed out any more
    std::thread thread_;
};

}  // namespace

std::unique_ptr<KeySource> make_resolver(const std::vector<policy::config::NameServer>& nameservers,
                                         calendar::base::Now now) {
    return std::make_unique<Resolver>(nameservers, now);
}

}  // namespace milter::authentication
