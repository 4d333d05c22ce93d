// Wireless frames as a monitoring card captures them: only unprotected data frames carry IP that can be read.
#include "gate/packet/link_layer.h"

namespace gatehouse::packet {
namespace {

bool refuse(DropReason& why, DropReason reason) noexcept {
  why = reason;
  return false;
}

struct FrameForm {
  bool exchanged = false;  // the two bytes of the control field, and of the sequence field
  bool aligned = false;    // the header is padded to a multiple of four (radiotap flag 0x20)
};

bool strip_frame(Bytes bytes, FrameForm form, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  const std::uint16_t control = form.exchanged ? reader.u16() : reader.u16_le();
  reader.skip(2);
  const Bytes first = reader.bytes(6);
  const unsigned type = (control >> 2) & 3;
  const unsigned subtype = (control >> 4) & 15;
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if (type != 2 || (subtype & 4) != 0) return refuse(why, DropReason::NotIp);  // management, control, no data
  const Bytes second = reader.bytes(6);
  const Bytes third = reader.bytes(6);
  const std::uint16_t sequence = form.exchanged ? reader.u16() : reader.u16_le();
  const bool to_ds = (control & 0x0100) != 0;
  const bool from_ds = (control & 0x0200) != 0;
  if (to_ds && from_ds) reader.skip(6);
  bool several = false;  // an A-MSDU: frames with a small header each
  if ((subtype & 8) != 0) {
    several = (reader.u16_le() & 0x80) != 0;      // QoS control
    if ((control & 0x8000) != 0) reader.skip(4);  // HT control
  }
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  if ((control & 0x4000) != 0) return refuse(why, DropReason::ProtectedWireless);
  if ((sequence & 0x0f) != 0) return refuse(why, DropReason::NotIp);  // a later part of a frame: no header in it
  if (form.aligned) reader.skip((4 - reader.position() % 4) % 4);
  out.src = MacAddress::from(from_ds && !to_ds ? third : second);
  out.dst = MacAddress::from(to_ds ? third : first);
  if (several) {  // the first of them only: a view is one packet
    out.dst = MacAddress::from(reader.bytes(6));
    out.src = MacAddress::from(reader.bytes(6));
    reader.skip(2);
  }
  if (!reader.ok()) return refuse(why, DropReason::TruncatedLink);
  return strip_llc(reader.rest(), out, why);
}

}  // namespace

bool strip_80211(Bytes bytes, LinkView& out, DropReason& why) noexcept { return strip_frame(bytes, {}, out, why); }

bool strip_80211_either_order(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  // A data frame of version 0 is 0x08 in its low four bits; in the wrong order those are flags or another type.
  FrameForm form;
  form.exchanged = bytes.size() >= 2 && (bytes[0] & 0x0f) != 0x08 && (bytes[1] & 0x0f) == 0x08;
  return strip_frame(bytes, form, out, why);
}

bool strip_radiotap(Bytes bytes, LinkView& out, DropReason& why) noexcept {
  ByteReader reader(bytes);
  reader.skip(2);
  const std::size_t length = reader.u16_le();
  const std::uint32_t present = reader.u32_le();
  if (!reader.ok() || length < 8 || length > bytes.size()) return refuse(why, DropReason::TruncatedLink);
  ByteReader fields(bytes.first(length));
  fields.skip(8);
  for (std::uint32_t word = present; (word & 0x80000000u) != 0 && fields.ok();) word = fields.u32_le();
  // Flags (bit 1) come before any other field but the timer (bit 0), which is aligned to eight bytes.
  if ((present & 1) != 0) fields.skip((8 - fields.position() % 8) % 8 + 8);
  const std::uint8_t flags = (present & 2) != 0 ? fields.u8() : std::uint8_t{0};
  if (!fields.ok()) return refuse(why, DropReason::TruncatedLink);
  Bytes frame = bytes.subspan(length);
  if ((flags & 0x10) != 0 && frame.size() > 4) frame = frame.first(frame.size() - 4);  // the frame check sequence
  FrameForm form;
  form.aligned = (flags & 0x20) != 0;
  return strip_frame(frame, form, out, why);
}

}  // namespace gatehouse::packet
