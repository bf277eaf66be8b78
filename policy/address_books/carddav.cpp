#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "calendar/net/circuit_breaker.h"
#include "calendar/net/http.h"
#include "calendar/net/password_file.h"
#include "calendar/net/webdav.h"
#include "policy/address_books/address_book.h"
#include "policy/address_books/contacts.h"
#include "policy/address_books/vcard_emails.h"

namespace policy::address_books {
namespace {

using calendar::base::Owner;
using calendar::itip::Address;
using calendar::net::DavResponse;
using calendar::net::Request;
using Clock = std::chrono::steady_clock;
using Shared = std::shared_ptr<const Contacts>;

constexpr std::size_t largest_answer = 64 * 1024 * 1024;  // bytes
constexpr std::chrono::hours longest_use{24};             // of a copy that cannot be renewed
constexpr std::size_t cached_books = 10'000;
constexpr std::size_t cached_bytes = 256 * 1024 * 1024;  // of contacts, all books together

/// One user's address book.
struct Place {
    std::string url, username;
    std::string key() const { return username + "\n" + url; }
};

/// What the server says of an address book's state; nothing: it says neither.
struct State {
    std::string sync_token, ctag;
    bool known() const { return !sync_token.empty() || !ctag.empty(); }
    bool operator==(const State&) const = default;
};

std::string_view meaning(int status) {
    if (status == 401) return "the server does not accept the user name and password";
    if (status == 403) return "the server forbids it";
    if (status == 507) return "the server does not hand out the whole address book";
    if (status / 100 == 2) return "the server does not speak WebDAV there";
    if (status / 100 == 3) return "the server sends us elsewhere; the url in the configuration needs a change";
    if (status / 100 == 5) return "the server has trouble of its own";
    return "the server refuses the request";
}

/// The questions, without memory but of who just did not answer.
class Server {
  public:
    explicit Server(CarddavOptions options) : options_(std::move(options)) {
        auto& url = options_.url;
        if (!url.ends_with('/')) url += '/';
        const auto scheme = url.find("://");
        const auto site = url.substr(0, scheme == std::string::npos ? scheme : url.find('/', scheme + 3));
        if (site.find('{') != std::string::npos)
            throw std::runtime_error(
                "carddav: a placeholder may not stand in the url's host, or a sender could choose where the password "
                "goes");
        // Not shown: it may hold a password.
        if (!calendar::net::origin_of(site + "/"))
            throw std::runtime_error("carddav: the url is not as https://HOST/PATH/ without a user name");
        if (!options_.username.empty()) password_ = calendar::net::read_password(options_.password_file);
    }

    calendar::base::Found<Place> place_of(const Owner& owner) const {
        // Servers undo the percent-encoding before they look for "/" and "..", so a value that is no single name is
        // refused.
        if (const auto names = calendar::base::expand_path(options_.url, owner); !names)
            return tl::unexpected("no address book's URL for this user: " + names.error());
        Place place{calendar::base::expand_url(options_.url, owner),
                    calendar::base::expand_text(options_.username, owner)};
        // In Basic authentication (RFC 7617 2) what follows the colon is the password.
        const auto bad = [](char c) { return c == ':' || (c >= 0 && c < ' ') || c == 0x7f; };
        if (place.username.empty() != options_.username.empty() ||
            std::any_of(place.username.begin(), place.username.end(), bad))
            return tl::unexpected(std::string("no usable user name on the address book's server for this user"));
        return place;
    }

    /// None: no such address book.
    calendar::base::Found<std::optional<State>> state(const Place& place, calendar::base::Deadline deadline) {
        const auto request = made("PROPFIND", "0", calendar::net::collection_state_query(), place);
        return resting_.ask([&] { return send(request, deadline); })
            .and_then([&](const Response& response) { return read(request, response); })
            .map([](const std::optional<Responses>& answers) -> std::optional<State> {
                if (!answers) return std::nullopt;
                return answers->empty() ? State() : State{answers->front().sync_token, answers->front().ctag};
            });
    }

    calendar::base::Found<Contacts> contacts(const Place& place, calendar::base::Deadline deadline) {
        const auto request = made("REPORT", "1", calendar::net::email_query(), place);
        const auto answers =
            send(request, deadline).and_then([&](const Response& response) { return read(request, response); });
        if (!answers) return tl::unexpected(answers.error());
        if (!*answers) return Contacts();
        std::vector<std::string> emails;
        for (const auto& each : **answers) {
            // RFC 6352 8.6.2: the answer was cut. Any other refusal is of one card, which others need not suffer from.
            if (each.status == 507) return said(request, "{} {}", each.status, meaning(each.status));
            if (!collect_emails(each.content, emails)) return said(request, "more than {} addresses", most_emails);
        }
        return Contacts(std::move(emails));
    }

  private:
    using Response = calendar::net::Response;
    using Responses = std::vector<DavResponse>;

    template <class... Values>
    static tl::unexpected<std::string> said(const Request& request, fmt::format_string<Values...> what,
                                            Values&&... values) {
        return tl::unexpected(fmt::format("{} {:.300}: ", request.method, request.url) +
                              fmt::format(what, std::forward<Values>(values)...));
    }

    Request made(std::string method, std::string depth, std::string body, const Place& place) const {
        Request request;
        request.method = std::move(method);
        request.url = place.url;
        request.headers = {{"Depth", std::move(depth)}, {"Content-Type", "text/xml; charset=utf-8"}};
        request.body = std::move(body);
        request.username = place.username;
        request.password = password_;
        request.max_response = largest_answer;
        return request;
    }

    calendar::base::Found<Response> send(Request request, calendar::base::Deadline deadline) {
        using std::chrono::milliseconds;
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
        request.timeout = std::min(options_.timeout, left);
        if (left < milliseconds(1)) return said(request, "no time left to ask");
        return http_.send(request).map_error([](const calendar::base::Trouble& trouble) { return detail(trouble); });
    }

    /// None: no such address book.
    static calendar::base::Found<std::optional<Responses>> read(const Request& request, const Response& response) {
        const int status = response.status;
        if (status == 404 || status == 410) return std::nullopt;
        if (status != 207) return said(request, "{} {}", status, meaning(status));
        auto answers = calendar::net::read_multistatus(response.body);
        if (!answers) return said(request, "{}", answers.error());
        return *std::move(answers);
    }

    CarddavOptions options_;
    std::string password_;
    calendar::net::Http http_;
    calendar::net::CircuitBreaker resting_;
};

class CarddavBook final : public AddressBook {
  public:
    explicit CarddavBook(const CarddavOptions& options) : refresh_(options.refresh), server_(options) {}

    calendar::base::Found<bool> knows(const Owner& owner, const Address& sender,
                                      calendar::base::Deadline deadline) override {
        const auto place = server_.place_of(owner);
        if (!place) return tl::unexpected(place.error());
        return current(*place, deadline).map([&sender](const Shared& contacts) { return contacts->has(sender); });
    }
    bool immediate() const noexcept override { return false; }

  private:
    struct Copy {
        bool asking = false;          ///< somebody asks the server; `state` and `resting` are his
        Shared contacts;              ///< null: none yet
        Clock::time_point confirmed;  ///< when they were as the server has them
        State state;
        calendar::net::CircuitBreaker resting;  ///< the server answers, but this address book could not be had
        bool younger_than(std::chrono::seconds age) const { return contacts && Clock::now() - confirmed < age; }
    };

    /// Lets the next one ask.
    class Asking {
      public:
        Asking(CarddavBook& book, Copy& copy) : book_(book), copy_(copy) {}
        Asking(const Asking&) = delete;
        Asking& operator=(const Asking&) = delete;
        ~Asking() {
            const std::lock_guard lock(book_.mutex_);
            copy_.asking = false;
            book_.asked_.notify_all();
        }

      private:
        CarddavBook& book_;
        Copy& copy_;
    };

    calendar::base::Found<Shared> current(const Place& place, calendar::base::Deadline deadline) {
        const auto copy = copy_of(place);
        Shared old;
        {
            std::unique_lock lock(mutex_);
            if (!asked_.wait_until(lock, deadline, [&] { return !copy->asking || copy->younger_than(longest_use); }))
                return tl::unexpected(place.url + ": no answer in time");
            if (copy->asking || copy->younger_than(refresh_)) return copy->contacts;
            if (copy->younger_than(longest_use)) old = copy->contacts;
            copy->asking = true;
        }
        const Asking ours(*this, *copy);
        auto contacts = renew(place, copy, deadline);
        if (!contacts && old) return old;
        return contacts;
    }

    calendar::base::Found<Shared> renew(const Place& place, const std::shared_ptr<Copy>& copy,
                                        calendar::base::Deadline deadline) {
        const auto now = Clock::now();
        const auto state = server_.state(place, deadline);
        if (!state) return tl::unexpected(state.error());
        Shared contacts = copy->contacts;
        if (!*state) {
            contacts = std::make_shared<const Contacts>();
        } else if (!contacts || !(*state)->known() || **state != copy->state) {
            auto all = copy->resting.ask([&] { return server_.contacts(place, deadline); });
            if (!all) return tl::unexpected(std::move(all.error()));
            contacts = std::make_shared<const Contacts>(*std::move(all));
        }
        copy->state = state->value_or(State());
        remember(place, copy, contacts, now);
        return contacts;
    }

    std::shared_ptr<Copy> copy_of(const Place& place) {
        const std::lock_guard lock(mutex_);
        if (const auto found = copies_.find(place.key()); found != copies_.end()) return found->second;
        if (copies_.size() >= cached_books) forget_all();
        return copies_.emplace(place.key(), std::make_shared<Copy>()).first->second;
    }

    void remember(const Place& place, const std::shared_ptr<Copy>& copy, const Shared& contacts,
                  Clock::time_point confirmed) {
        const std::lock_guard lock(mutex_);
        if (const auto found = copies_.find(place.key()); found != copies_.end()) {
            if (found->second->contacts) bytes_ -= found->second->contacts->bytes();
            copies_.erase(found);
        }
        if (bytes_ + contacts->bytes() > cached_bytes) forget_all();
        bytes_ += contacts->bytes();
        copy->contacts = contacts;
        copy->confirmed = confirmed;
        copies_.emplace(place.key(), copy);
    }

    void forget_all() {
        copies_.clear();
        bytes_ = 0;
    }

    const std::chrono::seconds refresh_;
    Server server_;
    std::mutex mutex_;  ///< for what follows, and for what is not his who asks in each copy
    std::condition_variable asked_;
    std::unordered_map<std::string, std::shared_ptr<Copy>> copies_;  ///< by Place::key()
    std::size_t bytes_ = 0;                                          ///< of their contacts
};

}  // namespace

std::unique_ptr<AddressBook> make_carddav_book(const CarddavOptions& options) {
    return std::make_unique<CarddavBook>(options);
}

}  // namespace policy::address_books
