package OrderSave::Products;

# Shops that show their products by an API, as WooCommerce's REST, Shopify's
# GraphQL and Shopware's Store API do: behind one port, page by page, with what
# has changed since, and with the bad days of real ones.
#
#     my $shop = OrderSave::Products->new($dir);
#     $shop->open;
#     $shop->do(put => {id => 7, name => 'Mug', …});      # sold from now on
#     $shop->do(put => {id => 71, parent => 7, options => {Size => 'M'}});
#     $shop->do(del => {id => 7});                        # and no more
#     $shop->do(fault => {match => 'page=3', how => 500});
#     $shop->calls;                                       # paths, in order
#
# A fault's `how`: a status, `drop`, `html`, `huge` (more than anybody
# reads), `many` (a list of 20,000), `deep`, or {del => ID}: that product is taken
# away just before this page is answered; {endless => 1}, ten that are none, or
# {says => TEXT}, a 400 with these words. `well` ends all faults. Switches, until another value is set:
# `none`, an address that is 404; `heavy`, bytes of a product's description;
# `cached`, whatever is asked of an address, the answer is that to the first call;
# `stuck`, a cursor that never moves. Products are {id, name, price, stock, cat, status, stars, parent,
# options, at}.

use strict;
use warnings;

use parent 'OrderSave::Till';

use HTTP::Tiny;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX qw(strftime);
use Time::HiRes qw(time);
use Time::Local qw(timegm);

my $json = JSON::PP->new->canonical->utf8;

sub url { return "http://127.0.0.1:$_[0]{products_port}" }

sub do {
    my ($self, $what, $how) = @_;
    my $r = HTTP::Tiny->new(timeout => 30)->post($self->url . '/_do', {content => $json->encode({what => $what, how => $how})});
    die "products: $r->{status}" if $r->{status} != 200;
    return;
}

sub calls { my ($self, $match) = @_; return grep { !defined $match || /$match/ } $self->journal('products') }

sub iso { return strftime('%Y-%m-%dT%H:%M:%S', gmtime $_[0]) }

sub epoch { my ($y, $m, $d, $h, $i, $s) = $_[0] =~ /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/ or return 0; return timegm($s, $i, $h, $d, $m - 1, $y) }

sub _sold { my ($self, $variants) = @_; return sort { $a->{id} <=> $b->{id} } grep { $variants ? $_->{parent} : !$_->{parent} } values %{$self->{all}} }

sub _options { my ($p) = @_; return map { {name => $_, option => $p->{options}{$_}, value => $p->{options}{$_}} } sort keys %{$p->{options} // {}} }

# --- WooCommerce ---

sub _woo_json {
    my ($self, $p) = @_;
    return {id => $p->{id} + 0, description => 'x' x ($self->{heavy} // 0), name => $p->{parent} ? join(', ', map { $_->{option} } _options($p)) : $p->{name},
        permalink => "$self->{site}/product/" . ($p->{parent} // $p->{id}) . '/' . ($p->{parent} ? "?attribute=$p->{id}" : ''),
        status => $p->{status} // 'publish', price => $p->{price} // '', date_modified_gmt => iso($p->{at}),
        stock_status => $p->{stock} // 'instock',
        ($p->{parent} ? (parent_id => $p->{parent} + 0, type => 'variation', image => {id => 1, src => "$self->{site}/v$p->{id}.jpg"}, attributes => [_options($p)])
            : (type => 'simple', catalog_visibility => 'visible', images => [{src => "$self->{site}/$p->{id}.jpg"}], categories => [{id => 1, name => $p->{cat} // 'Mugs'}],
               average_rating => $p->{stars} // '0.00', rating_count => 3, cross_sell_ids => [], attributes => []))};
}

sub _woo {
    my ($self, $kind, $q, $head) = @_;
    return OrderSave::Till::_http(401, '{"code":"woocommerce_rest_cannot_view"}') if $head !~ /^authorization: Basic \Q@{[encode_base64('ck:cs', '')]}\E/mi;
    my @all = $self->_sold($kind eq 'variations');
    if (defined $q->{include}) {
        my %of = map { $_ => 1 } split /,/, $q->{include};
        @all = grep { $of{$_->{id}} } @all;
    }
    my $since = epoch($q->{modified_after} // '');
    @all = grep { $_->{at} > $since } @all;
    my ($size, $page) = ($q->{per_page} // 10, $q->{page} // 1);
    $size = $self->{most} if $self->{most} && $size > $self->{most};
    my @page = grep { defined } @all[($page - 1) * $size .. $page * $size - 1];
    my $show = sub {
        my ($p) = @_;
        my $all = $self->_woo_json($p);
        return $all unless defined $q->{_fields};
        return {map { exists $all->{$_} ? ($_ => $all->{$_}) : () } split /,/, $q->{_fields}};
    };
    return _ok([map { $show->($_) } @page]);
}

# --- Shopify ---

sub _shopify {
    my ($self, $in, $head) = @_;
    return OrderSave::Till::_http(401, '{"errors":"[API] Invalid API key or access token"}') if $head !~ /^x-shopify-access-token: shpat_secret\r?$/mi;
    return _ok({errors => [{message => 'Throttled', extensions => {code => 'THROTTLED'}}]}) if $self->{throttled} && $self->{throttled}--;
    my $kind = $in->{query} =~ /productVariants/ ? 'productVariants' : 'products';
    my ($since) = $in->{variables}{q} =~ /updated_at:>='([^']+)'/;
    my $after = $self->{stuck} ? 0 : $in->{variables}{after} // 0;
    my $size = $self->{most} || 100;
    my @all = grep { $_->{at} >= epoch($since) && $_->{id} > $after } $self->_sold($kind eq 'productVariants');
    my @page = splice @all, 0, $size;
    my $show = sub {
        my ($p) = @_;
        my $of = $p->{parent} ? $self->{all}{$p->{parent}} // {} : $p;
        my %product = (legacyResourceId => "$of->{id}", title => $of->{name}, handle => "h$of->{id}",
            status => ($of->{status} // 'publish') eq 'publish' ? 'ACTIVE' : 'DRAFT', onlineStoreUrl => 'https://shop.example/x');
        return {legacyResourceId => "$p->{id}", title => join(' / ', map { $_->{value} } _options($p)), price => $p->{price}, image => undef,
            availableForSale => ($p->{stock} // 'instock') eq 'instock' ? JSON::PP::true : JSON::PP::false,
            selectedOptions => [_options($p)], product => \%product} if $p->{parent};
        return {%product, productType => $p->{cat} // 'Mugs', totalInventory => ($p->{stock} // 'instock') eq 'instock' ? 4 : 0, tracksInventory => JSON::PP::true,
            featuredMedia => {preview => {image => {url => "$self->{site}/$p->{id}.jpg"}}}, priceRangeV2 => {minVariantPrice => {amount => $p->{price}}}};
    };
    return _ok({data => {shop => {currencyCode => 'EUR'}, $kind => {pageInfo => {endCursor => $self->{stuck} || (@page ? "$page[-1]{id}" : undef)}, nodes => [map { $show->($_) } @page]}}});
}

# --- Shopware ---

sub _shopware {
    my ($self, $in, $head) = @_;
    return OrderSave::Till::_http(401, '{"errors":[{"code":"FRAMEWORK__INVALID_ACCESS_KEY"}]}') if $head !~ /^sw-access-key: SWSC\r?$/mi;
    my @all = sort { $a->{id} <=> $b->{id} } values %{$self->{all}};
    if ($in->{ids}) {
        my %of = map { $_ => 1 } @{$in->{ids}};
        @all = grep { $of{$_->{id}} } @all;
    }
    my ($since) = map { $_->{parameters}{gte} } map { @{$_->{queries}} } @{$in->{filter} // []};
    @all = grep { $_->{at} >= epoch($since // '') } @all;
    my ($size, $page) = ($self->{most} || $in->{limit}, $in->{page} // 1);
    my @page = grep { defined } @all[($page - 1) * $size .. $page * $size - 1];
    return _ok({elements => [map { my $p = $_; {
        extensions => [], id => "$p->{id}", parentId => $p->{parent}, active => ($p->{status} // 'publish') eq 'publish' ? JSON::PP::true : JSON::PP::false,
        name => undef, translated => {name => $p->{name} // ($self->{all}{$p->{parent} // 0} // {})->{name}}, available => ($p->{stock} // 'instock') eq 'instock' ? JSON::PP::true : JSON::PP::false,
        calculatedPrice => {unitPrice => ($p->{price} // 0) + 0}, ratingAverage => undef, cover => {media => {url => "$self->{site}/" . ($p->{id} + 0) . '.jpg'}},
        categories => [{translated => {name => $p->{cat} // 'Mugs'}}], seoUrls => $p->{id} % 2 ? [{seoPathInfo => 'p-' . ($p->{id} + 0)}] : undef,
        options => [map { {translated => {name => $_->{option}}, group => {translated => {name => $_->{name}}}} } _options($p)]} } @page], total => scalar @all});
}

# --- all of them ---

sub _ok { return OrderSave::Till::_http(200, $json->encode($_[0]), 'Content-Type: application/json') }

sub _control {
    my ($self, $in) = @_;
    my $how = $in->{how};
    $self->{all}{$how->{id}} = {%{$self->{all}{$how->{id}} // {}}, %$how, at => $how->{at} // time} if $in->{what} eq 'put';
    delete $self->{all}{$how->{id}} if $in->{what} eq 'del';
    push @{$self->{faults}}, {times => 1, match => '.', %$how} if $in->{what} eq 'fault';
    @{$self->{faults}} = () if $in->{what} eq 'well';
    $self->{$in->{what}} = $how->{value} if $in->{what} =~ /^(?:site|most|none|throttled|heavy|cached|stuck)$/;
    $self->{seen} = {} if $in->{what} eq 'cached';
    return _ok({});
}

sub _take {
    my ($self, $head, $body) = @_;
    my ($method, $path) = $head =~ /^(\S+) (\S+)/;
    return $self->_control($json->decode($body)) if $path eq '/_do';
    my ($place, $query) = split /\?/, $path, 2;
    my %q = map { my ($k, $v) = split /=/, $_, 2; $v =~ s/%(..)/chr hex $1/ge; ($k => $v) } split /&/, $query // '';
    my $in = $method eq 'POST' ? $json->decode($body) : {};
    my $note = join ' ', $place, map { "$_->[0]=$_->[1]" } grep { defined $_->[1] } ['since', $q{modified_after}], ['include', $q{include} // ($in->{ids} ? join ',', @{$in->{ids}} : undef)],
        ['page', $q{page} // $in->{page}], ['after', $in->{variables}{after}], ['q', $in->{variables}{q}];
    $self->_note($note);
    return OrderSave::Till::_http(404, '{"code":"rest_no_route"}') if $self->{none} && $place =~ /$self->{none}/;
    my ($fault) = grep { $_->{times} && $note =~ /$_->{match}/ } @{$self->{faults}};
    $fault->{times}-- if $fault;
    my $how = $fault ? $fault->{how} : '';
    delete $self->{all}{$how->{del}} if ref $how && defined $how->{del};
    return _ok([map { {id => 2_000_000 + $_, name => "Fake $_", status => 'draft'} } 1 .. 10]) if ref $how && $how->{endless};
    return OrderSave::Till::_http(400, $json->encode({message => $how->{says}}), 'Content-Type: application/json') if ref $how && $how->{says};
    return OrderSave::Till::_http($how, '{"message":"a bad day"}', 'Retry-After: 1') if $how =~ /^\d+$/;
    return if $how eq 'drop';
    return OrderSave::Till::_http(200, '<html>Just a moment...</html>', 'Content-Type: text/html') if $how eq 'html';
    return OrderSave::Till::_http(200, '[' . '{"id":1,"name":"x"},' x 250_000 . '0]', 'Content-Type: application/json') if $how eq 'huge';
    return OrderSave::Till::_http(200, '[' . join(',', map { qq({"id":$_}) } 1_000_000 .. 1_020_000) . ']', 'Content-Type: application/json') if $how eq 'many';
    return OrderSave::Till::_http(200, '[' x 100_000 . ']' x 100_000, 'Content-Type: application/json') if $how eq 'deep';
    return $self->{seen}{$place} //= $self->_woo($1, \%q, $head) if $self->{cached} && $place =~ m{^/wp-json/wc/v3/(products|variations)$};
    return $self->_woo($1, \%q, $head) if $place =~ m{^/wp-json/wc/v3/(products|variations)$};
    return $head =~ /^authorization: Basic/mi ? _ok({code => 'EUR', name => 'Euro', symbol => '&euro;'}) : OrderSave::Till::_http(401, '{}') if $place eq '/wp-json/wc/v3/data/currencies/current';
    return $self->_shopify($in, $head) if $place =~ m{^/admin/api/[^/]+/graphql\.json$};
    return $self->_shopware($in, $head) if $place eq '/store-api/product';
    return OrderSave::Till::_http(404, '{}');
}

sub open {
    my ($self, %o) = @_;
    @$self{qw(site most all faults)} = ($o{site} // 'http://127.0.0.1', $o{most} // 0, {}, []);
    return $self->_serve_http(products => sub { return $self->_take(@_[1, 2]) });
}

1;
