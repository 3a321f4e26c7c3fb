// SPDX-License-Identifier: Apache-2.0
// Edits of JSON that leave it JSON, and some that do not.
#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "edits.hpp"

namespace tenzro::tee::fuzz {

namespace json_parts {

using Json = nlohmann::ordered_json;

struct Place {
  Json* parent = nullptr;
  std::string key{};      ///< of a member
  std::size_t index = 0;  ///< of an element
  Json* value = nullptr;
};

inline void list_places(Json& value, std::vector<Place>& out) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end(); ++it) {
      out.push_back({&value, it.key(), 0, &it.value()});
      list_places(it.value(), out);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      out.push_back({&value, {}, i, &value[i]});
      list_places(value[i], out);
    }
  }
}

inline void edit_text(std::string& text, const Edit& edit) {
  Bytes bytes(text.begin(), text.end());
  edit_bytes(bytes, edit);
  text.assign(bytes.begin(), bytes.end());
}

inline std::string value_text(const Edit& edit) {
  const ByteView value = edit.value();
  return {value.begin(), value.end()};
}

inline void edit_place(const Place& place, const std::vector<Place>& places, const Edit& edit,
                       std::span<const std::string_view> words) {
  Json& value = *place.value;
  switch (edit.operation % 12) {
    case 0:
      value = edit.number();
      break;
    case 1:  // a number near to what it is
      if (value.is_number_integer()) {
        value = value.get<std::int64_t>() + static_cast<std::int8_t>(edit.bytes[0]);
      } else if (value.is_string()) {
        std::string text = value.get<std::string>();
        edit_text(text, Edit{0, 3, edit.bytes[1], 1, {edit.bytes[0]}});
        value = text;
      }
      break;
    case 2:
    case 3:
      value = std::string(words[edit.bytes[0] % words.size()]);
      break;
    case 4:
      if (value.is_string()) {  // a part of a text
        std::string text = value.get<std::string>();
        Edit within = edit;
        within.where = edit.bytes[10];
        within.operation = edit.bytes[9];
        within.size_byte = static_cast<std::uint8_t>(edit.size_byte % 9);
        edit_text(text, within);
        value = text;
      } else {
        value = value_text(edit);
      }
      break;
    case 5:
      if (place.parent->is_object()) {
        place.parent->erase(place.key);
      } else {
        place.parent->erase(place.index);
      }
      break;
    case 6:
      if (place.parent->is_array() && places.size() < 4000) {
        Json copy = value;
        place.parent->insert(place.parent->begin() + static_cast<std::ptrdiff_t>(place.index), std::move(copy));
      }
      break;
    case 7:
      if (place.parent->is_array()) {
        std::swap(value, (*place.parent)[edit.bytes[0] % place.parent->size()]);
      }
      break;
    case 8: {  // what stands elsewhere
      Json copy = *places[edit.number() % places.size()].value;
      if (copy.is_primitive()) {
        value = std::move(copy);
      }
      break;
    }
    case 9: {
      static const std::array<Json, 6> kOdd = {Json(), Json(true), Json(-1), Json(0.5), Json::array(), Json::object()};
      value = kOdd[edit.bytes[0] % kOdd.size()];
      break;
    }
    case 10:  // another member
      if (place.parent->is_object()) {
        (*place.parent)[std::string(words[edit.bytes[0] % words.size()])] = Json(edit.bytes[1]);
      }
      break;
    default:
      if (value.is_string()) {
        std::string text = value.get<std::string>();
        text.resize(edit.where % 97, '0');
        value = text;
      }
  }
}

}  // namespace json_parts

/// words: names and texts worth trying; not empty.
inline void edit_json(std::string& text, const Edit& edit, std::span<const std::string_view> words) {
  using json_parts::Json;
  Json root = Json::parse(text, nullptr, false);
  std::vector<json_parts::Place> places;
  if ((edit.operation & 0x80) == 0 && !root.is_discarded()) {
    json_parts::list_places(root, places);
  }
  if (places.empty()) {
    json_parts::edit_text(text, edit);
    return;
  }
  json_parts::edit_place(places[edit.where % places.size()], places, edit, words);
  text = root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tenzro::tee::fuzz
