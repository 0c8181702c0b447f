-- Every expected slice is complete, incomplete or missing, and none is settled that is not complete.
select *
from {{ ref('data_completeness') }}
where
    expected_slices != complete_slices + incomplete_slices + missing_slices
    or settled_slices > complete_slices
