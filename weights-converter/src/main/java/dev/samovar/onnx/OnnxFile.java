package dev.samovar.onnx;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Writes a graph in the ONNX format: one file, or a second one beside it for the constants. Constants are read and written one at a time.
///
/// A file is a single protobuf message, which may not be longer than [#LONGEST].
///
/// Messages and their fields are those of onnx/onnx.proto3 @ 004aa57, which also describes the layout of constants in a second file.
///
/// @param graph what is computed
/// @param doc what a person should know about it
/// @param metadata what a program should know about it
record OnnxFile(OnnxGraph graph, String doc, SequencedMap<String, String> metadata) {
    /// The most bytes that a protobuf message may have.
    static final long LONGEST = Integer.MAX_VALUE;
    /// The version of the standard operators: the first with a layer norm.
    static final int OPSET = 17;

    private static final int IR_VERSION = 8;                                           // the one of opset 17
    private static final int INLINE = 1024;                                            // constants shorter than this stay in the model
    private static final int PAGE = 4096;                                              // where each of the others begins, so that it can be mapped
    private static final int EXTERNAL = 1;                                             // TensorProto.DataLocation

    /// The name of the second file that belongs to a file of this name.
    static Path data(Path file) {
        return file.resolveSibling(file.getFileName() + ".data");
    }

    /// Whether there must be a second file.
    boolean isLong() {
        return model(inside(() -> {})).length() > LONGEST;
    }

    /// Writes, or replaces, the file and, if requested or necessary, the second one. A failure leaves no files behind.
    ///
    /// @return the second file, null if there is none
    /// @throws UncheckedIOException if one of them cannot be written
    @Nullable
    Path write(Path file, boolean external, Progress progress) {
        progress.begin("writing", graph.constants().size());
        int[] done = {0};
        Runnable next = () -> progress.done(++done[0], "");
        if (!external && !isLong()) {
            AtomicFile.write(file, model(inside(next))::writeTo);
            return null;
        }
        Path data = data(file);
        try {
            AtomicFile.write(file, out -> {
                model(outside(data)).writeTo(out);
                out.flush();
                AtomicFile.write(data, constants -> {
                    writeOutside(constants, next);
                    constants.flush();
                    Files.deleteIfExists(file);                                        // no file is better than an old one with the new constants
                });
            });
        } catch (UncheckedIOException e) {
            if (!Files.exists(file)) discard(data);
            throw e;
        }
        return data;
    }

    private static void discard(Path data) {
        try {
            Files.deleteIfExists(data);
        } catch (IOException _) {
            // The reason why writing failed is the one to report.
        }
    }

    private Message model(List<Message> tensors) {
        Message model = new Message().number(1, IR_VERSION).text(2, "Samovar").text(6, doc);                        // ModelProto
        model.message(7, graph.message("sam", tensors)).message(8, new Message().text(1, "").number(2, OPSET));
        metadata.forEach((key, value) -> model.message(14, entry(key, value)));
        return model;
    }

    private static Message entry(String key, String value) {
        return new Message().text(1, key).text(2, value);
    }

    private List<Message> inside(Runnable done) {
        List<Message> tensors = new ArrayList<>();
        graph.constants().forEach((name, constant) -> tensors.add(inside(name, constant, done)));
        return tensors;
    }

    private static Message inside(String name, OnnxGraph.Constant constant, Runnable done) {
        return constant.header(name).content(9, constant.bytes(), out -> {                                          // raw_data
            constant.content().writeTo(out);
            done.run();
        });
    }

    private List<Message> outside(Path data) {
        List<Message> tensors = new ArrayList<>();
        long[] end = {0};
        graph.constants().forEach((name, constant) -> {
            if (constant.bytes() < INLINE) {
                tensors.add(inside(name, constant, () -> {}));
                return;
            }
            long start = paged(end[0]);
            end[0] = start + constant.bytes();
            tensors.add(constant.header(name).message(13, entry("location", String.valueOf(data.getFileName())))
                    .message(13, entry("offset", Long.toString(start))).message(13, entry("length", Long.toString(constant.bytes())))
                    .number(14, EXTERNAL));
        });
        return tensors;
    }

    private void writeOutside(OutputStream out, Runnable done) throws IOException {
        long end = 0;
        for (OnnxGraph.Constant constant : graph.constants().values()) {
            if (constant.bytes() >= INLINE) {
                long start = paged(end);
                out.write(new byte[(int) (start - end)]);
                constant.content().writeTo(out);
                end = start + constant.bytes();
            }
            done.run();
        }
    }

    private static long paged(long offset) {
        return Math.ceilDiv(offset, PAGE) * PAGE;
    }
}
