"""Drop-in recurrent layers: torch.nn's signature and state_dict, with a free choice of activations.

>>> import torch
>>> layer = LSTM(8, 64, num_layers=2, activation="softsign", recurrent_activation="hard_sigmoid")
>>> output, (h, c) = layer(torch.zeros(5, 3, 8))
>>> output.shape, h.shape
(torch.Size([5, 3, 64]), torch.Size([2, 3, 64]))

An activation is a name of the catalogue or a function, for all layers or one for each:

>>> GRU(8, 16, num_layers=2, activation=["relu", lambda x: 0.5 * x.tanh()])
GRU(8, 16, cell=gru, layers=[relu/sigmoid, <lambda>/sigmoid])
"""

from __future__ import annotations

from actselect.nn._layers import GRU as GRU
from actselect.nn._layers import LSTM as LSTM
from actselect.nn._layers import MGU as MGU
from actselect.nn._layers import RNN as RNN
from actselect.nn._layers import IndRNN as IndRNN
from actselect.nn._recurrent import LayerFunctions as LayerFunctions
from actselect.nn._recurrent import Memory as Memory
from actselect.nn._recurrent import Recurrent as Recurrent
from actselect.nn._recurrent import stack as stack
