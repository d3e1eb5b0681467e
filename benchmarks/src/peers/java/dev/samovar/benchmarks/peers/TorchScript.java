package dev.samovar.benchmarks.peers;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A program for libtorch's own interpreter, from its text: any operator of PyTorch in one call, without what DJL binds and without Python.
///
/// TorchScript archives are zip files with a class in a subset of Python and a pickle of one object of it (pytorch/torch/csrc/jit/serialization). The object
/// here has no state: whatever the program needs, it gets as arguments.
final class TorchScript implements AutoCloseable {
    private final PtSymbolBlock block;

    /// A program whose text defines `forward(self: __torch__.Program, …)`.
    TorchScript(PtNDManager manager, String methods) {
        try {
            block = JniUtils.loadModule(manager, new ByteArrayInputStream(archive(methods)), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs `forward`.
    IValue run(IValue... arguments) {
        return block.forward(arguments);
    }

    /// Runs `forward` so that gradients can be asked for. Tensors of the name `n[]` that follow each other become one list.
    NDList train(PtNDManager manager, NDList arguments) {
        return block.forward(new ParameterStore(manager, false), arguments, true);
    }

    /// A tensor of these values.
    static PtNDArray tensor(PtNDManager manager, float[] values, long... shape) {
        return (PtNDArray) manager.create(values, new Shape(shape));
    }

    @Override
    public void close() {
        block.close();
    }

    private static byte[] archive(String methods) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            add(zip, "data.pkl", "\u0080\u0002c__torch__\nProgram\n)\u0081}(X\u0008\u0000\u0000\u0000training\u0089ub.");
            add(zip, "code/__torch__.py", "class Program(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n" + methods.indent(2));
            add(zip, "constants.pkl", "\u0080\u0002).");
            add(zip, "version", "10\n");
        }
        return bytes.toByteArray();
    }

    private static void add(ZipOutputStream zip, String name, String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        var crc = new CRC32();
        crc.update(bytes);
        var entry = new ZipEntry("program/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
