-- Every expected slice is complete, incomplete or missing, and only complete slices are settled.
select *
from {{ ref('data_completeness') }}
where
    expected_slices != complete_slices + incomplete_slices + missing_slices
    or settled_slices > complete_slices
