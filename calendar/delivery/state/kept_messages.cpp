#include "calendar/delivery/state/kept_messages.h"

#include <string_view>

#include <fmt/format.h>

namespace calendar::delivery {

namespace {

using Row = Database::Row;
using Type = Database::Type;

constexpr std::string_view unneeded =
    "NOT EXISTS (SELECT 1 FROM jobs WHERE content = kept_messages.id AND content <> '') AND "
    "NOT EXISTS (SELECT 1 FROM jobs WHERE mail = kept_messages.id AND mail <> '')";

std::string_view condition(Kept kind) {
    switch (kind) {
        case Kept::undecided:
            return "state = 'waiting' AND decided = 0";
        case Kept::held:
            return "state = 'held'";
    }
    return {};
}

}  // namespace

void keep_message(Database& database, const KeptMessage& message) {
    database.run("INSERT INTO kept_messages (id, bytes, text) VALUES (:id, :bytes, :text) ON CONFLICT (id) DO NOTHING",
                 {message.id, static_cast<long long>(message.text.size()), message.text});
}

std::optional<std::string> kept_message(Database& database, const std::string& id) {
    std::optional<std::string> text;
    database.rows("SELECT text FROM kept_messages WHERE id = :id", {Type::text}, {id}, [&text](Row& row) {
        text = std::move(std::get<std::string>(row[0]));
        return false;
    });
    return text;
}

void forget_unneeded(Database& database, const KeptIds& ids) {
    for (const auto& id : {ids.content, ids.mail}) {
        if (id.empty()) continue;
        database.run(fmt::format("DELETE FROM kept_messages WHERE id = :id AND {}", unneeded), {id});
    }
}

std::vector<std::string> unneeded_messages(Database& database, std::size_t most) {
    std::vector<std::string> ids;
    database.rows(fmt::format("SELECT id FROM kept_messages WHERE {} LIMIT :most", unneeded), {Type::text},
                  {static_cast<long long>(most)}, [&ids](Row& row) {
                      ids.push_back(std::get<std::string>(row[0]));
                      return true;
                  });
    return ids;
}

KeptIds kept_ids(Database& database, const std::string& job) {
    KeptIds ids;
    database.rows("SELECT content, mail FROM jobs WHERE id = :id", {Type::text, Type::text}, {job}, [&ids](Row& row) {
        ids = {std::get<std::string>(row[0]), std::get<std::string>(row[1])};
        return false;
    });
    return ids;
}

std::string full_detail(Kept kind) {
    switch (kind) {
        case Kept::undecided:
            return "not kept for a later decision: 'limits: undecided' is reached";
        case Kept::held:
            return "not held: 'limits: held' is reached, or the tenth of it that one sending domain may take";
    }
    return {};
}

std::size_t kept_bytes(Database& database, Kept kind, const std::optional<std::string>& domain) {
    std::size_t bytes = 0;
    const auto which = [&](std::string_view name) {
        return std::string(condition(kind)) + (domain ? fmt::format(" AND domain = :{}", name) : "");
    };
    const Row values = domain ? Row{*domain, *domain, *domain} : Row{};
    database.rows(
        fmt::format("SELECT COALESCE((SELECT SUM(bytes) FROM jobs WHERE {}), 0) + COALESCE((SELECT SUM(bytes) FROM "
                    "kept_messages WHERE id IN (SELECT content FROM jobs WHERE {} UNION SELECT mail FROM jobs WHERE "
                    "{})), 0)",
                    which("a"), which("b"), which("c")),
        {Type::integer}, values, [&bytes](Row& row) {
            bytes = static_cast<std::size_t>(std::get<long long>(row[0]));
            return false;
        });
    return bytes;
}

}  // namespace calendar::delivery
