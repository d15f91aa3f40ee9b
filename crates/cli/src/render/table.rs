//! Aligned columns, as one knows them from other command lines: no rules, two spaces between columns.

use comfy_table::{Cell, ContentArrangement, Table, presets};

/// Rows under a heading. Empty cells print as `-`, so that a script can split at blanks.
pub(crate) fn columns(heading: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = plain();
    table.set_header(heading.iter().map(Cell::new));
    for row in rows {
        table.add_row(row.into_iter().map(|cell| {
            let cell = if cell.is_empty() {
                "-".to_owned()
            } else {
                cell
            };
            Cell::new(cell)
        }));
    }
    finish(&mut table)
}

/// Rows without a heading; empty cells stay empty.
pub(crate) fn aligned(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = plain();
    for row in rows {
        table.add_row(row);
    }
    finish(&mut table)
}

fn plain() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finish(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = table.trim_fmt();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_align_and_lines_have_no_tail() {
        let text = super::columns(
            &["NAME", "STATE"],
            [
                vec!["web-1".to_owned(), "stopped".to_owned()],
                vec!["a-longer-name".to_owned(), String::new()],
            ],
        );
        assert_eq!(
            text,
            "NAME           STATE\nweb-1          stopped\na-longer-name  -\n"
        );
    }
}
