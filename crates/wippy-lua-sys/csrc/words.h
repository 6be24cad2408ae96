/*
** Short texts as words: eight bytes at a time, without a call for the rest.
*/
#ifndef wippy_words_h
#define wippy_words_h

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
** At most eight bytes as one word. Different for different texts of one length; from four bytes on they may overlap in
** it, so it is for looking at all bytes, not for writing them.
*/
static inline uint64_t w_word(const char *s, size_t n) {
  uint32_t low, high;
  if (n >= 4) {
    memcpy(&low, s, 4);
    memcpy(&high, s + n - 4, 4);
    return (uint64_t)high << 32 | low;
  }
  if (n == 0) return 0;
  return (uint64_t)(unsigned char)s[0] | (uint64_t)(unsigned char)s[n / 2] << 8 | (uint64_t)(unsigned char)s[n - 1] << 16;
}

#endif
