package dev.samovar.serve;

import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamWeights;

/// The device and the network that answer prompts and train.
///
/// Its maker closes it, after the server.
///
/// @param device what computes
/// @param sam the network
/// @param weights its checkpoint, open, because trainings read it
public record Engine(Device device, Sam sam, SamWeights weights) {}
