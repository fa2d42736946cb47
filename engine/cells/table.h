// The table of cells. To add one: write cells/X.h, and give it its line here.
#pragma once

#include "gru.h"
#include "lstm.h"
#include "rnn.h"

namespace elman::ELMAN_ISA {

template <class... Cell>
struct CellList {};

using Cells = CellList<Rnn<Tanh>, Rnn<Relu>, Rnn<Sigmoid>,  //
                       Lstm,                                //
                       Gru,                                 //
                       FeedForward<Tanh>, FeedForward<Relu>, FeedForward<Sigmoid>>;

}  // namespace elman::ELMAN_ISA
