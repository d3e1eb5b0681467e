package dev.samovar.serve;

import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.train.SamWeights;

/// What answers prompts and trains.
///
/// Its maker closes it, after the server.
///
/// @param device what computes
/// @param sam the network
/// @param weights its checkpoint, open: trainings read it
public record Engine(Device device, Sam sam, SamWeights weights) {}
