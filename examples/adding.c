/* Adds two numbers by the network of adder.h, which `elman export adder.safetensors --to c --out adder.h` wrote:
   cc -std=c99 -O2 -I. examples/adding.c -o adding -lm && ./adding 17 25 */
#include <stdio.h>
#include <stdlib.h>

#include "adder.h"

int main(int count, char **words) {
  if (count != 3) { fputs("usage: adding A B\n", stderr); return 2; }
  const unsigned long long a = strtoull(words[1], 0, 10), b = strtoull(words[2], 0, 10);
  unsigned long long sum = 0;
  adder_state state;
  adder_begin(&state);
  for (int place = 0; place < 64; ++place) { /* least significant bit first; what is carried is in the state */
    const float x[ADDER_INPUTS] = {(float)(a >> place & 1), (float)(b >> place & 1)};
    float y[ADDER_OUTPUTS];
    adder_step(&state, x, y);
    if (y[0] > 0.0f) sum |= 1ULL << place;
  }
  printf("%llu\n", sum);
  return 0;
}
