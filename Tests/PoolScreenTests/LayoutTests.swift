import PoolScreen
import Testing

struct LayoutTests {
    @Test(arguments: [
        (20, [Extent.fixed(4), .share(1), .fixed(1)], [4, 15, 1]),
        (3, [.fixed(4), .share(1), .fixed(1)], [3, 0, 0]),
        (10, [.share(1), .share(2)], [3, 7]),
        (10, [.share(1), .share(1), .fixed(3)], [3, 4, 3]),
        (0, [.fixed(1), .share(1)], [0, 0]),
        (5, [.fixed(-2), .share(1)], [0, 5]),
        (9, [.fixed(2), .fixed(3)], [2, 3]),
    ])
    func partsFillTheStretch(_ total: Int, _ extents: [Extent], _ lengths: [Int]) {
        let rows = Rect(x: 2, y: 5, width: 7, height: total).rows(extents)
        #expect(rows.map(\.height) == lengths)
        #expect(rows.first?.y == 5)
        #expect(rows.allSatisfy { $0.x == 2 && $0.width == 7 })
        let columns = Rect(x: 2, y: 5, width: total, height: 7).columns(extents)
        #expect(columns.map(\.width) == lengths)
        #expect(zip(columns, columns.dropFirst()).allSatisfy { $0.maxX == $1.x })
    }

    @Test func columnsDropByWidthOrByWhatIsToStayFree() {
        let columns = [
            Column<Int>("ID", width: 4) { CellText(String($0)) },
            Column<Int>("PID", width: 6, shownFrom: 50) { CellText(String($0)) },
            Column<Int>("P99", width: 5, shownFrom: 40) { CellText(String($0)) },
        ]
        #expect(PlacedColumns(columns, x: 0, width: 60).columns.map(\.column.title) == ["ID", "PID", "P99"])
        #expect(PlacedColumns(columns, x: 0, width: 45).columns.map(\.column.title) == ["ID", "P99"])
        #expect(PlacedColumns(columns, x: 0, width: 20).columns.map(\.column.title) == ["ID"])
        #expect(PlacedColumns(columns, x: 0, width: 20, rest: 0).columns.map(\.column.title) == ["ID", "PID", "P99"])
        #expect(PlacedColumns(columns, x: 0, width: 20, rest: 8).columns.map(\.column.title) == ["ID", "P99"])
        #expect(PlacedColumns(columns, x: 0, width: 20, rest: 20).columns.map(\.column.title) == ["ID"])
        #expect(PlacedColumns(columns, x: 0, width: 60).end == 17)
    }
}
