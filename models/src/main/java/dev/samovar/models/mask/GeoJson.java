package dev.samovar.models.mask;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Palette;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Objects as a GeoJSON feature collection, which QuPath opens as annotations: polygons with holes, in pixels from the upper left corner, each with
/// the name and colour of its class and its measurements. In a stack, its plane is that of the page.
///
/// Source: RFC 7946; what QuPath 0.5 writes (objectType, classification, measurements, and the plane in the geometry).
public final class GeoJson {
    private GeoJson() {}

    /// The collection, with a feature for each object that has a pixel.
    public static Json of(List<Region> regions) {
        List<Json> features = new ArrayList<>();
        for (Region region : regions) {
            List<Outline.Polygon> polygons = Outline.of(region.mask()).polygons();
            if (!polygons.isEmpty())
                features.add(Json.object().with("type", "Feature").with("geometry", geometry(polygons, region.page())).with("properties",
                        properties(region)));
        }
        return Json.object().with("type", "FeatureCollection").with("features", features);
    }

    private static Json geometry(List<Outline.Polygon> polygons, @Nullable Integer page) {
        List<List<List<List<Integer>>>> all = polygons.stream().map(GeoJson::rings).toList();
        boolean one = all.size() == 1;
        Json geometry = Json.object().with("type", one ? "Polygon" : "MultiPolygon").with("coordinates", one ? all.getFirst() : all);
        return page == null ? geometry : geometry.with("plane", Json.object().with("c", -1).with("z", page).with("t", 0));
    }

    private static List<List<List<Integer>>> rings(Outline.Polygon polygon) {
        List<List<List<Integer>>> rings = new ArrayList<>(List.of(closed(polygon.outer())));
        polygon.holes().forEach(hole -> rings.add(closed(hole)));
        return rings;
    }

    private static List<List<Integer>> closed(Outline.Ring ring) {
        List<List<Integer>> corners = new ArrayList<>();
        for (int i = 0; i <= ring.length(); i++) corners.add(List.of(ring.x()[i % ring.length()], ring.y()[i % ring.length()]));
        return corners;
    }

    private static Json properties(Region region) {
        int rgb = Palette.rgb(Math.floorMod(region.label() - 1, 255) + 1);
        Json measurements = Json.object();
        for (var one : region.measurements().entrySet()) measurements = measurements.with(one.getKey(), one.getValue());
        return Json.object().with("objectType", "annotation")
                .with("classification", Json.object().with("name", region.name()).with("color", List.of(rgb >> 16, rgb >> 8 & 0xFF, rgb
                        & 0xFF)))
                .with("measurements", measurements);
    }
}
