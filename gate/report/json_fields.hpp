// Writing and strict reading of JSON from one description of every structure: a function
// `visit(v, x)` that calls v("key", x.member) for each member.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gate/report/enum_names.hpp"
#include "gate/report/escape.hpp"
#include "model/error.hpp"

namespace sgproof::gate::fields {

using nlohmann::json;

/// Whose file is wrong, for the error message.
struct Blame {
  const char* id;
  const char* stage;
};

[[noreturn]] inline void refuse(const Blame& blame, const std::string& pointer,
                                const std::string& why) {
  throw Error(ErrorKind::Input, blame.id, blame.stage,
              fmt::format("{}: {}", pointer.empty() ? "/" : pointer, why));
}

/// Parses a whole text; what is no JSON, and an object that has a key twice, is refused.
inline json parse_strict(const Blame& blame, const std::string& text) {
  std::vector<std::set<std::string>> keys;
  std::string twice;
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return true;
  };
  json parsed = json::parse(text, watch, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) refuse(blame, "", "the file is not JSON, or it is cut");
  if (!twice.empty()) refuse(blame, "", fmt::format("an object has the key \"{}\" twice", twice));
  return parsed;
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsEnumMap : std::false_type {};
template <class E>
struct IsEnumMap<std::map<E, double>> : std::true_type {};

class Writer {
 public:
  json out = json::object();

  template <class T>
  void operator()(const char* key, const T& value) {
    out[key] = write(value);
  }

  template <class T>
  static json write(const T& value) {
    if constexpr (NamedEnum<T>) {
      return std::string(name(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
      return utf8(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else if constexpr (IsOptional<T>::value) {
      return value ? write(*value) : json(nullptr);
    } else if constexpr (IsVector<T>::value) {
      json array = json::array();
      for (const auto& item : value) array.push_back(write(item));
      return array;
    } else if constexpr (IsEnumMap<T>::value) {
      json object = json::object();
      for (const auto& [key, number] : value) object[std::string(name(key))] = number;
      return object;
    } else {
      Writer w;
      visit(w, value);
      return w.out;
    }
  }
};

class Reader {
 public:
  Reader(const Blame& blame, const json& in, std::string pointer)
      : blame_(blame), in_(in), pointer_(std::move(pointer)) {
    if (!in.is_object()) refuse(blame_, pointer_, "must be an object");
  }

  /// A required member. The const overload lets one `visit` serve both directions.
  template <class T>
  void operator()(const char* key, const T& value) {
    read(blame_, get(key), const_cast<T&>(value), pointer_ + "/" + key);
  }

  [[nodiscard]] bool has(const char* key) const { return in_.contains(key); }

  const json& get(const char* key) {
    seen_.insert(key);
    const auto it = in_.find(key);
    if (it == in_.end()) refuse(blame_, pointer_ + "/" + key, "is missing");
    return *it;
  }

  /// Refuses keys that nobody asked for.
  void finish() const {
    for (const auto& [key, value] : in_.items())
      if (!seen_.contains(key)) refuse(blame_, pointer_ + "/" + key, "is not a known key");
  }

  template <class T>
  static void read(const Blame& blame, const json& in, T& value, const std::string& pointer) {
    if constexpr (NamedEnum<T>) {
      value = word<T>(blame, in, pointer);
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!in.is_string()) refuse(blame, pointer, "must be a string");
      value = in.get<std::string>();
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!in.is_boolean()) refuse(blame, pointer, "must be true or false");
      value = in.get<bool>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (!in.is_number()) refuse(blame, pointer, "must be a number");
      value = in.get<double>();
    } else if constexpr (std::is_integral_v<T>) {
      const bool natural =
          in.is_number_unsigned() || (in.is_number_integer() && in.get<std::int64_t>() >= 0);
      if (!natural ||
          in.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<T>::max()))
        refuse(blame, pointer,
               fmt::format("must be a whole number from 0 to {}", std::numeric_limits<T>::max()));
      value = static_cast<T>(in.get<std::uint64_t>());
    } else if constexpr (IsOptional<T>::value) {
      if (in.is_null()) return value.reset();
      read(blame, in, value.emplace(), pointer);
    } else if constexpr (IsVector<T>::value) {
      if (!in.is_array()) refuse(blame, pointer, "must be an array");
      value.clear();
      for (std::size_t i = 0; i < in.size(); ++i)
        read(blame, in[i], value.emplace_back(), fmt::format("{}/{}", pointer, i));
    } else if constexpr (IsEnumMap<T>::value) {
      if (!in.is_object()) refuse(blame, pointer, "must be an object");
      value.clear();
      for (const auto& [key, number] : in.items())
        read(blame, number, value[word<typename T::key_type>(blame, key, pointer + "/" + key)],
             pointer + "/" + key);
    } else {
      Reader r(blame, in, pointer);
      visit(r, value);
      r.finish();
    }
  }

 private:
  template <NamedEnum E>
  static E word(const Blame& blame, const json& in, const std::string& pointer) {
    if (in.is_string())
      if (const auto value = enum_from<E>(in.get<std::string>())) return *value;
    refuse(blame, pointer, fmt::format("must be one of {}", fmt::join(EnumNames<E>::list, ", ")));
  }

  const Blame& blame_;
  const json& in_;
  std::string pointer_;
  std::set<std::string> seen_;
};

}  // namespace sgproof::gate::fields
