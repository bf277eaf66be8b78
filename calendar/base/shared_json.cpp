#include "calendar/base/shared_json.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace calendar::base {

SharedJson::SharedJson(nlohmann::json value) : value_(std::make_shared<const nlohmann::json>(std::move(value))) {}

const nlohmann::json& SharedJson::operator*() const {
    static const nlohmann::json null;
    return value_ ? *value_ : null;
}

}  // namespace calendar::base
