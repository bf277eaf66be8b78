#include <array>
#include <condition_variable>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "calendar/base/lru_cache.h"
#include "calendar/net/circuit_breaker.h"
#include "calendar/net/dav_site.h"
#include "policy/address_books/address_book.h"
#include "policy/address_books/contacts.h"
#include "policy/address_books/vcard_emails.h"

namespace policy::address_books {
namespace {

using calendar::base::Deadline;
using calendar::base::Owner;
using calendar::base::Trouble;
using calendar::itip::Address;
using calendar::net::DavPlace;
using calendar::net::DavQuery;
using calendar::net::DavResponse;
using Clock = std::chrono::steady_clock;
using Shared = std::shared_ptr<const Contacts>;

constexpr std::size_t largest_reply = 64 * 1024 * 1024;  // bytes
constexpr std::chrono::hours longest_use{24};            // of a copy that cannot be renewed
constexpr std::size_t cached_books = 10'000;
constexpr std::size_t cached_bytes = 256 * 1024 * 1024;  // of contacts, all books together

/// What the server says of an address book's state; nothing: it says neither.
struct State {
    std::string sync_token, ctag;
    bool known() const { return !sync_token.empty() || !ctag.empty(); }
    bool operator==(const State&) const = default;
};

/// The questions, without memory but of failures.
class Server {
  public:
    explicit Server(const CarddavOptions& options)
        : timeout_(options.timeout),
          site_({.url = options.url, .login = options.login, .largest_reply = largest_reply}) {}

    calendar::base::Found<DavPlace> place_of(const Owner& owner) const {
        return site_.place(owner, "").map_error(&text_of);
    }

    /// None: no such address book.
    calendar::base::Found<std::optional<State>> state(const DavPlace& place, Deadline deadline) {
        const DavQuery query{
            .method = "PROPFIND", .depth = "0", .path = place.path, .body = calendar::net::collection_state_query()};
        return breaker_.ask(deadline, timeout_, [&](Deadline end) { return send(place, query, end); })
            .and_then([&](const Response& response) { return read(query, response); })
            .map([](const Responses& responses) -> std::optional<State> {
                if (!responses) return std::nullopt;
                return responses->empty() ? State() : State{responses->front().sync_token, responses->front().ctag};
            });
    }

    /// `breaker`: of this address book, which may fail while others of the server do not.
    calendar::base::Found<Contacts> contacts(const DavPlace& place, calendar::net::CircuitBreaker& breaker,
                                             Deadline deadline) {
        const DavQuery query{
            .method = "REPORT", .depth = "1", .path = place.path, .body = calendar::net::email_query()};
        return breaker.ask(deadline, timeout_, [&](Deadline end) {
            return send(place, query, end)
                .and_then([&](const Response& response) { return read(query, response); })
                .and_then([&](const Responses& responses) {
                    return contacts_of(responses).map_error(
                        [&](const std::string& what) { return site_.url(place.path) + ": " + what; });
                });
        });
    }

  private:
    using Response = calendar::net::Response;
    using Responses = std::optional<std::vector<DavResponse>>;

    static std::string text_of(const Trouble& trouble) { return detail(trouble); }

    calendar::base::Found<Response> send(const DavPlace& place, const DavQuery& query, Deadline end) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        return site_.send(place, query, left).map_error(&text_of);
    }

    /// None: no such address book.
    calendar::base::Found<Responses> read(const DavQuery& query, const Response& response) const {
        static constexpr std::array none = {404, 410};
        return site_.read(query, response, none).map_error(&text_of);
    }

    static calendar::base::Found<Contacts> contacts_of(const Responses& responses) {
        if (!responses) return Contacts();
        std::vector<std::string> emails;
        for (const auto& each : *responses) {
            // RFC 6352 8.6.2: the reply was cut. Any other refusal is of one card, which others need not suffer from.
            if (each.status == 507)
                return tl::unexpected<std::string>("the server sent a part of the address book only");
            if (!collect_emails(each.content, emails))
                return tl::unexpected(fmt::format("more than {} addresses", most_emails));
        }
        return Contacts(std::move(emails));
    }

    const std::chrono::milliseconds timeout_;
    calendar::net::DavSite site_;
    calendar::net::CircuitBreaker breaker_;
};

class CarddavBook final : public AddressBook {
  public:
    explicit CarddavBook(const CarddavOptions& options) : refresh_(options.refresh), server_(options) {}

    calendar::base::Found<bool> knows(const Owner& owner, const Address& sender, Deadline deadline) override {
        const auto place = server_.place_of(owner);
        if (!place) return tl::unexpected(place.error());
        return current(*place, deadline).map([&sender](const Shared& contacts) { return contacts->has(sender); });
    }
    bool immediate() const noexcept override { return false; }

  private:
    struct Copy {
        bool asking = false;          ///< one asks the server, and alone uses `state` and `breaker`
        Shared contacts;              ///< null: none yet
        Clock::time_point confirmed;  ///< when they were as the server has them
        State state;
        calendar::net::CircuitBreaker breaker;  ///< the server answers, but not for this address book
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

    static std::string key_of(const DavPlace& place) { return place.account.key() + "\n" + place.path; }

    calendar::base::Found<Shared> current(const DavPlace& place, Deadline deadline) {
        const auto copy = copies_.find_or_put(key_of(place), [] { return std::make_shared<Copy>(); });
        Shared old;
        {
            std::unique_lock lock(mutex_);
            if (!asked_.wait_until(lock, deadline, [&] { return !copy->asking || copy->younger_than(longest_use); }))
                return tl::unexpected(place.path + ": no reply in time");
            if (copy->asking || copy->younger_than(refresh_)) return copy->contacts;
            if (copy->younger_than(longest_use)) old = copy->contacts;
            copy->asking = true;
        }
        const Asking ours(*this, *copy);
        auto contacts = renew(place, copy, deadline);
        if (!contacts && old) return old;
        return contacts;
    }

    calendar::base::Found<Shared> renew(const DavPlace& place, const std::shared_ptr<Copy>& copy, Deadline deadline) {
        const auto now = Clock::now();
        const auto state = server_.state(place, deadline);
        if (!state) return tl::unexpected(state.error());
        Shared contacts = copy->contacts;
        if (!*state) {
            contacts = std::make_shared<const Contacts>();
        } else if (!contacts || !(*state)->known() || **state != copy->state) {
            auto all = server_.contacts(place, copy->breaker, deadline);
            if (!all) return tl::unexpected(std::move(all.error()));
            contacts = std::make_shared<const Contacts>(*std::move(all));
        }
        copy->state = state->value_or(State());
        {
            const std::lock_guard lock(mutex_);
            copy->contacts = contacts;
            copy->confirmed = now;
        }
        copies_.put(key_of(place), copy, Deadline::max(), contacts->bytes());
        return contacts;
    }

    const std::chrono::seconds refresh_;
    Server server_;
    std::mutex mutex_;  ///< for what in each copy belongs to all
    std::condition_variable asked_;
    calendar::base::LruCache<std::string, std::shared_ptr<Copy>> copies_{cached_books, cached_bytes};
};

}  // namespace

std::unique_ptr<AddressBook> make_carddav_book(const CarddavOptions& options) {
    return std::make_unique<CarddavBook>(options);
}

}  // namespace policy::address_books
