#pragma once

#include <memory>

#include <nlohmann/json_fwd.hpp>

namespace calendar::base {

/// A JSON value that copies share and nobody changes; null at first. For values whose headers many files include: the
/// whole of nlohmann/json.hpp takes a compiler more than a second each time.
class SharedJson {
  public:
    SharedJson() = default;
    SharedJson(nlohmann::json value);  // NOLINT(google-explicit-constructor): it is one

    const nlohmann::json& operator*() const;
    const nlohmann::json* operator->() const { return &**this; }

  private:
    std::shared_ptr<const nlohmann::json> value_;  // none: null
};

}  // namespace calendar::base
