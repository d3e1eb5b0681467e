package dev.samovar.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.samovar.core.testkit.KernelsContract;
import dev.samovar.core.testkit.KernelsWork;
import dev.samovar.core.testkit.LayersContract;
import dev.samovar.core.testkit.ProductsContract;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Every method of [Kernels] is tested by the contract and by the work whose bits must not depend on the number of threads. The interfaces beside [Kernels] have their own contracts.
class EveryKernelIsCalledTest {
    @Test
    void byTheContract() {
        assertEquals(Set.of(), notCalledBy(KernelsContract.class, LayersContract.class, ProductsContract.class),
                "add a test of it to KernelsContract");
    }

    @Test
    void byTheWorkWhoseBitsAreCompared() {
        assertEquals(Set.of(), notCalledBy(KernelsWork.class), "add a call of it to KernelsWork");
    }

    private static Set<String> notCalledBy(Class<?>... classes) {
        Set<String> called = new ClassFileImporter().importClasses(classes).stream().map(JavaClass::getMethodCallsFromSelf).flatMap(Set::stream)
                .filter(call -> call.getTargetOwner().isEquivalentTo(Kernels.class)).map(call -> call.getTarget().getName())
                .collect(Collectors.toSet());
        Set<String> left = KernelsWork.names(Kernels.class);
        left.removeAll(called);
        return left;
    }
}
